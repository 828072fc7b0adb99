// One layer's copy, made anew for every layer.
#include "executor/cuda/backend/rotated_cache.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "executor/cuda/kernels/rows.hpp"

namespace kvfoot::cuda {

void RotatedCache::fit(std::int64_t longest, const LayerPages& like, const float* frequency) {
  if (longest <= room_.longest) {
    return;
  }
  const Stream stream = device_.compute_stream();
  const std::int64_t half = like.head_dim / 2;
  Room next;
  next.longest = std::max(2 * room_.longest, longest);
  next.stride = (next.longest + like.block - 1) / like.block;
  next.cosine = Array<float>(blocks_, next.longest * half);
  next.sine = Array<float>(blocks_, next.longest * half);
  const std::int64_t pages = next.stride * like.heads;
  const std::int64_t page = 2LL * like.block * like.head_dim * scalar_bytes(like.type);
  next.pages = Array<std::byte>(blocks_, pages * page);
  next.table = Array<std::byte*>(blocks_, pages);
  device_.fill(next.pages.data(), 0, next.pages.bytes(), stream);  // unused entries are finite
  std::vector<std::byte*> table;
  for (std::int64_t i = 0; i < pages; ++i) {
    table.push_back(next.pages.data() + i * page);
  }
  std::byte* const* const sent = uploads_.send(std::span<std::byte* const>(table));
  uploads_.flush();
  device_.copy(static_cast<void*>(next.table.data()), static_cast<const void*>(sent),
               next.table.bytes(), stream);
  launch_rope_table({.positions = nullptr,
                     .frequency = frequency,
                     .rows = next.longest,
                     .half = half,
                     .cosine = next.cosine.data(),
                     .sine = next.sine.data()},
                    stream);
  room_ = std::move(next);
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
