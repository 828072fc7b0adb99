// One layer's copy, made anew for every layer.
#include "executor/cuda/backend/rotated_cache.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "executor/cuda/kernels/rows.hpp"

namespace kvfoot::cuda {

bool RotatedCache::fit(std::int64_t longest, const LayerPages& like, const float* frequency) {
  if (longest <= room_.longest && room_.longest < 2 * longest) {
    return false;
  }
  const Stream stream = device_.compute_stream();
  const std::int64_t half = like.head_dim / 2;
  const std::int64_t doubled = longest > room_.longest ? 2 * room_.longest : 0;
  room_ = {};  // every layer is written anew: nothing has to be kept
  Room next;
  next.longest = std::max(doubled, longest);
  next.stride = (next.longest + like.block - 1) / like.block;
  next.cosine = Buffer<float>(buffers_, MemoryClass::kWorkspace, next.longest * half);
  next.sine = Buffer<float>(buffers_, MemoryClass::kWorkspace, next.longest * half);
  const std::int64_t pages = next.stride * like.heads;
  const std::int64_t page = 2LL * like.block * like.head_dim * scalar_bytes(like.type);
  next.pages = Buffer<std::byte>(buffers_, MemoryClass::kWorkspace, pages * page);
  next.table = Buffer<std::byte*>(buffers_, MemoryClass::kWorkspace, pages);
  // Unused entries are finite.
  device_.fill(next.pages.data(), 0, static_cast<std::size_t>(pages * page), stream);
  std::vector<std::byte*> table;
  for (std::int64_t i = 0; i < pages; ++i) {
    table.push_back(next.pages.data() + i * page);
  }
  std::byte* const* const sent = uploads_.send(std::span<std::byte* const>(table));
  uploads_.flush();
  device_.copy(static_cast<void*>(next.table.data()), static_cast<const void*>(sent),
               table.size() * sizeof(std::byte*), stream);
  launch_rope_table({.positions = nullptr,
                     .frequency = frequency,
                     .rows = next.longest,
                     .half = half,
                     .cosine = next.cosine.data(),
                     .sine = next.sine.data()},
                    stream);
  room_ = std::move(next);
  return true;
}

LayerPages RotatedCache::enqueue(const LayerPages& cache, std::int64_t longest, void* queries,
                                 std::int64_t rows, std::int32_t q_heads) {
  LayerPages rotated = cache;
  rotated.pages = room_.table.data();
  rotated.stride = room_.stride;
  const float* const cosine = room_.cosine.data();
  const float* const sine = room_.sine.data();
  launch_rotate_pages(
      {.from = cache, .to = rotated, .cosine = cosine, .sine = sine, .longest = longest},
      device_.compute_stream());
  launch_rotate_queries({.q = queries,
                         .rows = rows,
                         .q_heads = q_heads,
                         .cosine = cosine,
                         .sine = sine,
                         .cache = cache},
                        device_.compute_stream());
  return rotated;
}

}  // namespace kvfoot::cuda
