// Keys and values of one sequence: every stream (layer, storage head) has pages and a length of its
// own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "executor/cpu/kernels.hpp"
#include "executor/memory/page_pool.hpp"

namespace kvfoot::cpu {

// A page holds `block` keys, then `block` values, each head_dim scalars of the cache's type:
// (2, block, head_dim). Entries of a stream are dense: entry i lies in page i / block, so the keys
// of a page follow each other in memory, and so do its values.
class KvStore {
 public:
  KvStore() = default;
  explicit KvStore(MemoryLedger& ledger) : pool_(&ledger) {}

  // Drops everything.
  void reset(std::int32_t layers, std::int32_t heads, std::int64_t head_dim, std::int64_t block,
             Scalar type);

  [[nodiscard]] std::int64_t size(std::int32_t layer, std::int32_t head) const {
    return stream(layer, head).size;
  }
  [[nodiscard]] const std::byte* key(std::int32_t layer, std::int32_t head, std::int64_t i) const {
    return at(layer, head, i, 0);
  }
  [[nodiscard]] const std::byte* value(std::int32_t layer, std::int32_t head,
                                       std::int64_t i) const {
    return at(layer, head, i, block_);
  }

  // Makes room for `count` more entries; throws std::bad_alloc and changes nothing then. Serial.
  void grow(std::int32_t layer, std::int32_t head, std::int64_t count);
  // Writes entry i (below size) from head_dim floats each, rounded to the cache's type. Different
  // entries may be written from different threads.
  void put(std::int32_t layer, std::int32_t head, std::int64_t i, const float* key,
           const float* value);
  // Keeps the entries with these ascending indices, moves them to the front in order, and returns
  // the pages behind them. Serial.
  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept);

  // Entries of the longest stream of all layers.
  [[nodiscard]] std::int64_t longest() const;
  [[nodiscard]] Scalar type() const { return type_; }
  [[nodiscard]] std::int64_t head_dim() const { return head_dim_; }
  [[nodiscard]] std::int64_t block() const { return block_; }
  [[nodiscard]] std::int32_t heads() const { return heads_; }
  [[nodiscard]] const PagePool& pool() const { return pool_; }
  void reset_peak() { pool_.reset_peak(); }

 private:
  struct Stream {
    std::int64_t size = 0;
    std::vector<std::byte*> pages;
  };
  [[nodiscard]] Stream& stream(std::int32_t layer, std::int32_t head) {
    return streams_[static_cast<std::size_t>(layer * heads_ + head)];
  }
  [[nodiscard]] const Stream& stream(std::int32_t layer, std::int32_t head) const {
    return streams_[static_cast<std::size_t>(layer * heads_ + head)];
  }
  [[nodiscard]] std::byte* at(std::int32_t layer, std::int32_t head, std::int64_t i,
                              std::int64_t offset) const {
    const Stream& s = stream(layer, head);
    return s.pages[static_cast<std::size_t>(i / block_)] +
           static_cast<std::size_t>(offset + i % block_) * row_bytes_;
  }

  std::int32_t heads_ = 0;
  std::int64_t head_dim_ = 0;
  std::int64_t block_ = 1;
  std::size_t row_bytes_ = 0;
  Scalar type_ = Scalar::kF32;
  std::vector<Stream> streams_;
  PagePool pool_;
};

}  // namespace kvfoot::cpu
