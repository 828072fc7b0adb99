// The allocator of KV pages: counts what is held, and its peak.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "executor/memory/buffers.hpp"

namespace kvfoot {

class PagePool {
 public:
  PagePool() = default;
  // `ledger` hears of every page; may be null. Pages are cut from slabs of about `slab_bytes`.
  explicit PagePool(MemoryLedger* ledger, BlockSource& source = host_blocks(),
                    std::size_t slab_bytes = std::size_t{1} << 20)
      : ledger_(ledger), source_(&source), slab_bytes_(slab_bytes) {}
  ~PagePool() { release_slabs(); }
  PagePool(const PagePool&) = delete;
  PagePool& operator=(const PagePool&) = delete;

  // Gives every page back to the system; pages handed out before are invalid.
  void reset(std::size_t page_bytes);

  // A zeroed or reused page; throws std::bad_alloc. Not thread-safe.
  [[nodiscard]] std::byte* take();
  void give_back(std::byte* page);

  [[nodiscard]] std::size_t page_bytes() const { return page_bytes_; }
  [[nodiscard]] std::int64_t pages() const { return pages_; }
  [[nodiscard]] std::int64_t peak_pages() const { return peak_pages_; }
  void reset_peak() { peak_pages_ = pages_; }
  // Bytes taken from the system: slabs of free pages, too.
  [[nodiscard]] std::int64_t reserved() const;

 private:
  void note(std::int64_t pages) {
    if (ledger_ != nullptr) {
      ledger_->add(MemoryClass::kKv, pages * static_cast<std::int64_t>(page_bytes_));
    }
  }
  [[nodiscard]] std::size_t slab_pages() const;
  void add_slab();
  void release_slabs();

  MemoryLedger* ledger_ = nullptr;
  BlockSource* source_ = &host_blocks();
  std::size_t slab_bytes_ = std::size_t{1} << 20;
  std::size_t page_bytes_ = 0;
  std::int64_t pages_ = 0;
  std::int64_t peak_pages_ = 0;
  std::vector<std::byte*> slabs_;
  std::vector<std::byte*> free_;
};

}  // namespace kvfoot
