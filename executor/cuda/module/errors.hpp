// What the CUDA runtime says when something goes wrong, as a person can use it.
#pragma once

#include <cuda_runtime_api.h>

#include <optional>
#include <string>

#include "sim/core/result.hpp"

namespace kvfoot::cuda {

// "DOING: what happened (cudaErrorName); what helps". `doing` may be empty.
[[nodiscard]] Error cuda_error(cudaError_t code, const std::string& doing);

// Kernels are started by code that does not know the device (primitives/launch.hpp), so their
// errors wait here: the first one of the process, until it is taken.
void note_launch_error(int cuda_error, const char* kernel);
[[nodiscard]] std::optional<Error> take_launch_error();

}  // namespace kvfoot::cuda
