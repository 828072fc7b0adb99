// Pages are cut from slabs of about a megabyte; freed pages are used again, last in first out.
#include "executor/cpu/page_pool.hpp"

#include <algorithm>

#include "sim/core/check.hpp"

namespace kvfoot::cpu {
namespace {
constexpr std::size_t kSlabBytes = std::size_t{1} << 20;
}

std::size_t PagePool::slab_pages() const {
  return std::max<std::size_t>(1, kSlabBytes / page_bytes_);
}

std::int64_t PagePool::reserved() const {
  return slabs_.empty() ? 0 : static_cast<std::int64_t>(slabs_.size() * slab_pages() * page_bytes_);
}

void PagePool::reset(std::size_t page_bytes) {
  KVFOOT_CHECK(page_bytes > 0, "empty page");
  note(-pages_);
  page_bytes_ = page_bytes;
  pages_ = 0;
  peak_pages_ = 0;
  free_.clear();
  slabs_.clear();
}

std::byte* PagePool::take() {
  if (free_.empty()) {
    const std::size_t count = slab_pages();
    // Zeroed: attention multiplies unused entries by zero, which garbage could turn into NaN.
    slabs_.push_back(std::make_unique<std::byte[]>(count * page_bytes_));
    free_.reserve(slabs_.size() * count);
    for (std::size_t i = count; i-- > 0;) {
      free_.push_back(slabs_.back().get() + i * page_bytes_);
    }
  }
  std::byte* page = free_.back();
  free_.pop_back();
  ++pages_;
  note(1);
  peak_pages_ = std::max(peak_pages_, pages_);
  return page;
}

void PagePool::give_back(std::byte* page) {
  KVFOOT_CHECK(pages_ > 0, "more pages returned than taken");
  free_.push_back(page);
  --pages_;
  note(-1);
}

}  // namespace kvfoot::cpu
