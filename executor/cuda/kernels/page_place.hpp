// Where entries lie in pages; included by kernel files only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "executor/cuda/kernels/pages.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {

// Entry `entry` of a stream: its key, or its value.
template <class C>
__device__ __forceinline__ C* place_of(const LayerPages& cache, std::int32_t head,
                                       std::int64_t entry, bool value) {
  const std::int64_t page = entry / cache.block;
  const std::int64_t slot = entry - page * cache.block + (value ? cache.block : 0);
  return reinterpret_cast<C*>(cache.pages[head * cache.stride + page]) + slot * cache.head_dim;
}

}  // namespace kvfoot::cuda
