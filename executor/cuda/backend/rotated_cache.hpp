// A layer's cache with every key rotated at its index (StreamingLLM's own positions): pages keep
// keys before rotation, attention reads a copy.
#pragma once

#include <cstdint>

#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/kernels/pages.hpp"
#include "executor/memory/buffers.hpp"

namespace kvfoot::cuda {

class RotatedCache {
 public:
  RotatedCache(Device& device, BufferPool& buffers, Uploads& uploads)
      : device_(device), buffers_(buffers), uploads_(uploads) {}

  // Room for streams of `longest` entries of a cache like this one (its pages and entries are not
  // read), and the angles of their indices; true if the room moved. Much more room than that is
  // given back. Throws std::bad_alloc.
  [[nodiscard]] bool fit(std::int64_t longest, const LayerPages& like, const float* frequency);
  void release() { room_ = {}; }

  // The copy of a layer's cache; queries (rows, q_heads, head_dim) are rotated in place.
  [[nodiscard]] LayerPages enqueue(const LayerPages& cache, std::int64_t longest, void* queries,
                                   std::int64_t rows, std::int32_t q_heads);

 private:
  struct Room {
    std::int64_t longest = 0;
    std::int64_t stride = 0;
    Buffer<float> cosine, sine;  // (longest, head_dim / 2)
    Buffer<std::byte> pages;
    Buffer<std::byte*> table;  // (heads, stride)
  };

  Device& device_;
  BufferPool& buffers_;
  Uploads& uploads_;
  Room room_;
};

}  // namespace kvfoot::cuda
