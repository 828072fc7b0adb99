// A layer's cache with every key rotated at its index (StreamingLLM's own positions): pages keep
// keys before rotation, attention reads a copy.
#pragma once

#include <cstdint>

#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/kernels/pages.hpp"

namespace kvfoot::cuda {

class RotatedCache {
 public:
  RotatedCache(Device& device, DeviceBlocks& blocks, Uploads& uploads)
      : device_(device), blocks_(blocks), uploads_(uploads) {}

  // Room for streams of `longest` entries of a cache like this one (its pages and entries are not
  // read), and the angles of their indices. Throws std::bad_alloc.
  void fit(std::int64_t longest, const LayerPages& like, const float* frequency);
  void release() { room_ = {}; }

  // The copy of a layer's cache; queries (rows, q_heads, head_dim) are rotated in place.
  [[nodiscard]] LayerPages enqueue(const LayerPages& cache, std::int64_t longest, void* queries,
                                   std::int64_t rows, std::int32_t q_heads);

 private:
  struct Room {
    std::int64_t longest = 0;
    std::int64_t stride = 0;
    Array<float> cosine, sine;
    Array<std::byte> pages;
    Array<std::byte*> table;
  };

  Device& device_;
  DeviceBlocks& blocks_;
  Uploads& uploads_;
  Room room_;
};

}  // namespace kvfoot::cuda
