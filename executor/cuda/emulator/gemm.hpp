// The matrix product of a Device, emulated.
#pragma once

#include "executor/cuda/runtime/device.hpp"

namespace kvfoot::cuda::emulator {

// fp32 sums, in an order of its own (sixteen partial sums per element).
void run_gemm(const Gemm& product);

}  // namespace kvfoot::cuda::emulator
