// Which cards there are, and whether they can be used.
#pragma once

#include "executor/cuda/cuda_backend.hpp"

namespace kvfoot::cuda {

// Starts the driver, takes no memory on a card.
[[nodiscard]] CudaStatus cards_status();

}  // namespace kvfoot::cuda
