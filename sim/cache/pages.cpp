// Page counts per stream and their peaks.
#include "sim/cache/pages.hpp"

#include <algorithm>
#include <cstddef>

namespace kvfoot {

PageLedger::PageLedger(std::int32_t layers, std::int32_t heads, std::int64_t block,
                       std::int64_t page_bytes)
    : heads_(heads),
      block_(block),
      page_bytes_(page_bytes),
      entries_(static_cast<std::size_t>(layers) * static_cast<std::size_t>(heads), 0) {
  KVFOOT_CHECK(block >= 1 && page_bytes >= 0);
}

std::int64_t& PageLedger::entries_of(std::int32_t layer, std::int32_t head) {
  const std::size_t index = static_cast<std::size_t>(layer) * static_cast<std::size_t>(heads_) +
                            static_cast<std::size_t>(head);
  KVFOOT_CHECK(layer >= 0 && head >= 0 && head < heads_ && index < entries_.size());
  return entries_[index];
}

void PageLedger::begin_pass(std::int32_t pass) {
  pass_ = pass;
  pass_peak_pages_ = pages_;
  held_pages_ = pages_;
}

void PageLedger::append(std::int32_t layer, std::int32_t head, std::int64_t entries) {
  std::int64_t& held = entries_of(layer, head);
  const std::int64_t taken = pages_for(held + entries, block_) - pages_for(held, block_);
  held += entries;
  resident_ += entries;
  pages_ += taken;
  held_pages_ += taken;
  pass_peak_pages_ = std::max(pass_peak_pages_, pages_);
}

void PageLedger::retain(std::int32_t layer, std::int32_t head, std::int64_t kept) {
  std::int64_t& held = entries_of(layer, head);
  KVFOOT_CHECK(kept >= 0 && kept <= held);
  pages_ -= pages_for(held, block_) - pages_for(kept, block_);
  resident_ -= held - kept;
  held = kept;
}

PassMemory PageLedger::end_pass() {
  peak_pages_ = std::max(peak_pages_, pass_peak_pages_);
  held_peak_pages_ = std::max(held_peak_pages_, held_pages_);
  return PassMemory{.pass = pass_,
                    .resident_entries = resident_,
                    .pages = pages_,
                    .bytes = bytes(),
                    .peak_bytes = pass_peak_pages_ * page_bytes_};
}

}  // namespace kvfoot
