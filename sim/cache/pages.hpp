// Pages: every stream holds ceil(entries / block) pages of `block` entries each.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/records.hpp"

namespace kvfoot {

constexpr std::int64_t kDefaultBlock = 16;  // entries per page

[[nodiscard]] constexpr std::int64_t pages_for(std::int64_t entries, std::int64_t block) {
  return (entries + block - 1) / block;
}

// What an allocator would count, without memory: a stream takes a page when its last one is full
// and gives pages back when its survivors have been compacted in place. Order of calls, per pass:
// begin_pass; for each layer append for all its heads, then retain for each head that lost entries,
// one after the other; end_pass.
class PageLedger {
 public:
  PageLedger(std::int32_t layers, std::int32_t heads, std::int64_t block, std::int64_t page_bytes);

  void begin_pass(std::int32_t pass);
  // Patch rows count: they take pages until they are dropped.
  void append(std::int32_t layer, std::int32_t head, std::int64_t entries);
  // The stream holds `kept` entries from now on, no more than before.
  void retain(std::int32_t layer, std::int32_t head, std::int64_t kept);
  // The peak is that of the real order, layer by layer.
  PassMemory end_pass();

  [[nodiscard]] std::int64_t pages() const { return pages_; }
  [[nodiscard]] std::int64_t bytes() const { return pages_ * page_bytes_; }
  // Largest bytes so far in the real order.
  [[nodiscard]] std::int64_t peak_bytes() const { return peak_pages_ * page_bytes_; }
  // Largest bytes so far if every layer held its chunk until the pass ends.
  [[nodiscard]] std::int64_t peak_bytes_pass() const { return held_peak_pages_ * page_bytes_; }

 private:
  [[nodiscard]] std::int64_t& entries_of(std::int32_t layer, std::int32_t head);

  std::int32_t heads_;
  std::int64_t block_;
  std::int64_t page_bytes_;
  std::vector<std::int64_t> entries_;  // (layers, heads)
  std::int64_t resident_ = 0;          // sum of entries_
  std::int64_t pages_ = 0;
  std::int64_t peak_pages_ = 0;
  std::int64_t held_peak_pages_ = 0;
  std::int32_t pass_ = 0;
  std::int64_t pass_peak_pages_ = 0;
  std::int64_t held_pages_ = 0;  // as if nothing had been given back in this pass
};

}  // namespace kvfoot
