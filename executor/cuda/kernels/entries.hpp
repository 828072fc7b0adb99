// Where an entry of a stream lies: what every kernel that walks pages shares. Device code only.
#pragma once

#include <cstdint>

#include "executor/cuda/kernels/pages.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {

// The key of entry `index` of storage head `head`; its value lies value_offset<T>() bytes further.
template <class T>
__device__ __forceinline__ const std::byte* key_of(const LayerPages& cache, int head, int index) {
  const int page = index / cache.block;
  const int slot = index - page * cache.block;
  const std::byte* base = cache.pages[head * cache.stride + page];
  return base + static_cast<std::int64_t>(slot) * cache.head_dim * static_cast<int>(sizeof(T));
}

template <class T>
__device__ __forceinline__ std::int64_t value_offset(const LayerPages& cache) {
  return static_cast<std::int64_t>(cache.block) * cache.head_dim * static_cast<int>(sizeof(T));
}

// Two neighbours of an output whose type is only known at run time; `index` is even.
__device__ __forceinline__ void store_pair(void* out, DType type, std::int64_t index, float first,
                                           float second) {
  if (type == DType::kF32) {
    *reinterpret_cast<float2*>(static_cast<float*>(out) + index) = make_float2(first, second);
  } else {
    *reinterpret_cast<std::uint32_t*>(static_cast<std::uint16_t*>(out) + index) =
        type == DType::kBF16 ? pack<BFloat16>(first, second) : pack<Float16>(first, second);
  }
}

// Natural logarithms and exponentials are taken to the base 2, where the card is fast.
constexpr float kLog2E = 1.4426950408889634F;
constexpr float kLn2 = 0.6931471805599453F;

}  // namespace kvfoot::cuda
