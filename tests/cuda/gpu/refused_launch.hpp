#pragma once

#include "executor/cuda/runtime/handles.hpp"

namespace kvfoot::cuda {

// Blocks have at most 1024 threads.
void launch_too_many_threads(Stream stream);

}  // namespace kvfoot::cuda
