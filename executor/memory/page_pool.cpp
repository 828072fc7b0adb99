// Pages are cut from slabs; freed pages are used again, last in first out.
#include "executor/memory/page_pool.hpp"

#include <algorithm>
#include <new>

#include "sim/core/check.hpp"

namespace kvfoot {

std::size_t PagePool::slab_pages() const {
  return std::max<std::size_t>(1, slab_bytes_ / page_bytes_);
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
  release_slabs();
}

void PagePool::release_slabs() {
  for (std::byte* const slab : slabs_) {
    source_->release(slab);
  }
  slabs_.clear();
}

void PagePool::add_slab() {
  const std::size_t count = slab_pages();
  slabs_.reserve(slabs_.size() + 1);
  free_.reserve((slabs_.size() + 1) * count);
  auto* const slab = static_cast<std::byte*>(source_->allocate(count * page_bytes_));
  if (slab == nullptr) {
    throw std::bad_alloc();
  }
  slabs_.push_back(slab);
  // Zeroed: attention multiplies unused entries by zero, which garbage could turn into NaN.
  source_->fill(slab, 0, count * page_bytes_);
  for (std::size_t i = count; i-- > 0;) {
    free_.push_back(slab + i * page_bytes_);
  }
}

std::byte* PagePool::take() {
  if (free_.empty()) {
    add_slab();
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

}  // namespace kvfoot
