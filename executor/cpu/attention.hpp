// Attention of a pass over the paged streams of one layer, tile by tile.
#pragma once

#include <cstddef>
#include <cstdint>

#include "executor/cpu/floats.hpp"
#include "executor/cpu/kernels.hpp"
#include "executor/cpu/kv_store.hpp"
#include "executor/cpu/rope.hpp"

namespace kvfoot::cpu {

// What the tiles of one layer share. Row r of the pass sees the first past + r + 1 entries of each
// stream, where past = size of the stream - rows.
struct LayerAttention {
  const Kernels* kernels = nullptr;
  const KvStore* store = nullptr;
  const RopeTable* reindex = nullptr;  // not null: keys and queries are rotated at cache indices
  std::int32_t layer = 0;
  std::int32_t q_heads = 0;
  std::int32_t group = 1;  // query heads per storage head
  std::int64_t rows = 0;
  const float* q = nullptr;  // (rows, q_heads, head_dim), rotated unless `reindex` is set
  float scale = 1.0F;        // 1 / sqrt(head_dim)

  [[nodiscard]] std::int64_t head_dim() const { return store->head_dim(); }
  [[nodiscard]] std::int64_t past(std::int32_t head) const {
    return store->size(layer, head) - rows;
  }
};

// Rows [first_row, first_row + rows) of query heads [first_q, first_q + heads), all of which read
// the stream of storage head `head`. Query r * heads + h is row r of head h.
struct QueryTile {
  std::int32_t head = 0;
  std::int32_t first_q = 0;
  std::int32_t heads = 0;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;

  [[nodiscard]] std::int64_t queries() const { return rows * heads; }
};

// Buffers of one thread, cut from one block. prepare() may throw std::bad_alloc, the tiles never
// allocate.
class AttentionScratch {
 public:
  // For tiles of up to `queries`, with room for `kept` scores that a tile leaves behind.
  void prepare(BufferPool& pool, std::int64_t queries, std::int64_t head_dim,
               std::int64_t kept = 0);
  void release() { block_.release(); }

  [[nodiscard]] float* kept_scores() { return kept_; }

 private:
  friend void attend_tile(const LayerAttention&, const QueryTile&, AttentionScratch&, float*,
                          float*, std::int64_t);
  friend void score_tile(const LayerAttention&, const QueryTile&, AttentionScratch&, float*,
                         std::int64_t);

  Buffer<std::byte> block_;
  float* q_ = nullptr;               // (queries, head_dim)
  float* keys_ = nullptr;            // (head_dim, kKeyBlock)
  float* values_ = nullptr;          // (kKeyBlock, width)
  float* widen_ = nullptr;           // (kKeyBlock, width)
  float* scores_ = nullptr;          // (queries, kKeyBlock)
  float* out_ = nullptr;             // (queries, width)
  float* largest_ = nullptr;         // (queries)
  float* sum_ = nullptr;             // (queries)
  float* kept_ = nullptr;            // (kept)
  std::int64_t* visible_ = nullptr;  // (queries)
  const void** rows_ = nullptr;      // (kKeyBlock)
};

// Writes the tile's rows of `out` (pass rows, q_heads, head_dim). If `kept` is not null it also
// receives the scaled scores, (queries, stride) with stride >= the stream's size rounded up to
// kKeyBlock; row r's entries beyond past + r + 1 are meaningless.
void attend_tile(const LayerAttention& attention, const QueryTile& tile, AttentionScratch& scratch,
                 float* out, float* kept, std::int64_t stride);

// The scores only; the same values as attend_tile's.
void score_tile(const LayerAttention& attention, const QueryTile& tile, AttentionScratch& scratch,
                float* kept, std::int64_t stride);

}  // namespace kvfoot::cpu
