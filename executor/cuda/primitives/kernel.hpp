// What a kernel file includes. Kernels are ordinary CUDA C++ and are compiled twice: by nvcc for a
// card, and by the host compiler against an emulator (executor/cuda/emulator) that runs every
// thread of a block on the CPU, so that kernels can be tested, and watched by sanitizers, without a
// card.
//
// For that, kernels keep to: threadIdx, blockIdx, blockDim, gridDim, __syncthreads, __syncwarp,
// __shfl_sync, __shfl_xor_sync, __shfl_down_sync, __ballot_sync, the __f*_rn intrinsics, C math
// functions, and what is declared here and in the other headers of this folder. Shared memory is
// dynamic only (shared_memory()); its contents are undefined (the emulator poisons it).
#pragma once

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#else
#include "executor/cuda/emulator/cuda_words.hpp"
#endif

#include <cstddef>
#include <cstdint>

#include "executor/cuda/primitives/launch.hpp"
#include "executor/cuda/primitives/matrix.hpp"
#include "executor/cuda/primitives/memory.hpp"
#include "executor/cuda/primitives/overlap.hpp"
#include "executor/cuda/primitives/scalar.hpp"
#include "executor/cuda/primitives/warp.hpp"
