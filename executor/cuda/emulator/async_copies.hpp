// cp.async of one emulated thread: copies land only when the thread waits for their group, and
// until then the destination is poison, so that a missing wait shows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace kvfoot::cuda::emulator {

class AsyncCopies {
 public:
  void clear() {
    copies_.clear();
    landed_ = 0;
    committed_ = 0;
  }

  // 16 bytes; from null: zeros.
  void issue(std::byte* to, const std::byte* from) {
    Copy copy{to, committed_, {}};
    if (from != nullptr) {
      std::memcpy(copy.bytes.data(), from, kBytes);
    }
    std::memset(to, 0xff, kBytes);
    copies_.push_back(copy);
  }
  void commit() { ++committed_; }
  // Until at most the last `pending` committed groups are under way.
  void wait(std::uint32_t pending) {
    if (committed_ < pending) {
      return;
    }
    const std::uint32_t first_pending = committed_ - pending;
    while (landed_ < copies_.size() && copies_[landed_].group < first_pending) {
      std::memcpy(copies_[landed_].to, copies_[landed_].bytes.data(), kBytes);
      ++landed_;
    }
    if (landed_ == copies_.size()) {
      copies_.clear();
      landed_ = 0;
    }
  }

 private:
  static constexpr std::size_t kBytes = 16;
  struct Copy {
    std::byte* to;
    std::uint32_t group;  // how many were committed before it
    std::array<std::byte, kBytes> bytes;
  };
  std::vector<Copy> copies_;
  std::size_t landed_ = 0;
  std::uint32_t committed_ = 0;
};

}  // namespace kvfoot::cuda::emulator
