// The allocator of KV pages: counts what is held, and its peak.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace kvfoot::cpu {

class PagePool {
 public:
  // Gives every page back to the system; pages handed out before are invalid.
  void reset(std::size_t page_bytes);

  // A zeroed or reused page; throws std::bad_alloc. Not thread-safe.
  [[nodiscard]] std::byte* take();
  void give_back(std::byte* page);

  [[nodiscard]] std::size_t page_bytes() const { return page_bytes_; }
  [[nodiscard]] std::int64_t pages() const { return pages_; }
  [[nodiscard]] std::int64_t peak_pages() const { return peak_pages_; }
  void reset_peak() { peak_pages_ = pages_; }

 private:
  std::size_t page_bytes_ = 0;
  std::int64_t pages_ = 0;
  std::int64_t peak_pages_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> slabs_;
  std::vector<std::byte*> free_;
};

}  // namespace kvfoot::cpu
