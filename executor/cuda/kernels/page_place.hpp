// Where entries lie in pages; included by kernel files only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "executor/cuda/kernels/pages.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {

// Entry `entry` of a stream: its key, or its value, of `bytes` each. (Streams have less than 2^31
// entries, and divisions of 32 bits take a third of the time.)
__device__ __forceinline__ std::byte* place_of(const LayerPages& cache, std::int32_t head,
                                               std::int64_t entry, bool value, std::int64_t bytes) {
  const auto e = static_cast<std::uint32_t>(entry);
  const auto block = static_cast<std::uint32_t>(cache.block);
  const std::uint32_t page = e / block;
  const std::uint32_t slot = e - page * block + (value ? block : 0);
  return cache.pages[head * cache.stride + page] + slot * bytes;
}
template <class C>
__device__ __forceinline__ C* place_of(const LayerPages& cache, std::int32_t head,
                                       std::int64_t entry, bool value) {
  return reinterpret_cast<C*>(
      place_of(cache, head, entry, value, cache.head_dim * static_cast<std::int64_t>(sizeof(C))));
}

}  // namespace kvfoot::cuda
