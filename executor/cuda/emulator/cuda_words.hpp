// The words of CUDA C++ that kernels use, for the host compiler. Only kernel files and their tests
// include this (through executor/cuda/primitives): it defines macros and global names.
#pragma once

#include "executor/cuda/emulator/cuda_collectives.hpp"
#include "executor/cuda/emulator/cuda_math.hpp"
#include "executor/cuda/emulator/cuda_memory.hpp"
#include "executor/cuda/emulator/cuda_types.hpp"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline
#define __grid_constant__
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))

// NOLINTNEXTLINE(readability-identifier-naming)
inline void __trap() { kvfoot::cuda::emulator::thread_failed("__trap()"); }
