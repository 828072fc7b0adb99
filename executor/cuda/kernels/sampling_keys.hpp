// Logits as integers that sort like them; included by kernel files only.
#pragma once

#include <cstdint>

#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {

// Larger for larger logits, equal for the two zeros, 0 for NaN alone.
__device__ __forceinline__ std::uint32_t rank_of(float logit) {
  if (isnan(logit)) {
    return 0;
  }
  const std::uint32_t bits = logit == 0 ? 0 : __float_as_uint(logit);
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}
__device__ __forceinline__ float logit_of(std::uint32_t rank) {
  if (rank == 0) {
    return __uint_as_float(0x7fc00000U);
  }
  return __uint_as_float((rank & 0x80000000U) != 0 ? rank & 0x7fffffffU : ~rank);
}

}  // namespace kvfoot::cuda
