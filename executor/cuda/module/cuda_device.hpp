// A card, through the CUDA runtime and cuBLASLt.
#pragma once

#include <memory>

#include "executor/cuda/runtime/device.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::cuda {

// One of its kind per process and card. An error of work that was enqueued stays: everything after
// it returns that error too, as its results are worth nothing. Errors: no card of this number, no
// driver, no cuBLAS, not enough memory for the workspace.
[[nodiscard]] Result<std::unique_ptr<Device>> make_cuda_device(int index);

}  // namespace kvfoot::cuda
