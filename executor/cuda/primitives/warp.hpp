// Reductions over a warp, in a fixed order; every lane gets the result, all 32 lanes take part.
#pragma once

#include <cstdint>

#if !defined(__CUDACC__)
#include "executor/cuda/emulator/cuda_words.hpp"
#endif

namespace kvfoot::cuda {

constexpr std::uint32_t kAllLanes = 0xffffffffU;

__device__ __forceinline__ float warp_sum(float x) {
  for (int distance = 16; distance > 0; distance /= 2) {
    x = __fadd_rn(x, __shfl_xor_sync(kAllLanes, x, distance));
  }
  return x;
}
__device__ __forceinline__ float warp_max(float x) {
  for (int distance = 16; distance > 0; distance /= 2) {
    x = fmaxf(x, __shfl_xor_sync(kAllLanes, x, distance));
  }
  return x;
}

}  // namespace kvfoot::cuda
