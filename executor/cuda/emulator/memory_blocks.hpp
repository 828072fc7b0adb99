// Memory of an emulated card: exact blocks of the heap, full of NaN until written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>

#include "sim/core/check.hpp"

namespace kvfoot::cuda::emulator {

class MemoryBlocks {
 public:
  void* take(std::size_t bytes) {
    void* memory = nullptr;
    if (posix_memalign(&memory, 256, bytes == 0 ? 1 : bytes) != 0) {
      return nullptr;
    }
    std::memset(memory, 0xff, bytes == 0 ? 1 : bytes);
    blocks_.emplace(static_cast<std::byte*>(memory), bytes);
    used_ += static_cast<std::int64_t>(bytes);
    return memory;
  }
  void give_back(void* memory) {
    const auto found = blocks_.find(static_cast<std::byte*>(memory));
    KVFOOT_CHECK(found != blocks_.end(), "memory that this device did not give, or twice");
    used_ -= static_cast<std::int64_t>(found->second);
    blocks_.erase(found);
    std::free(memory);
  }
  [[nodiscard]] bool holds(const void* memory, std::size_t bytes) const {
    const auto* begin = static_cast<const std::byte*>(memory);
    auto found = blocks_.upper_bound(const_cast<std::byte*>(begin));
    if (found == blocks_.begin()) {
      return false;
    }
    --found;
    return begin + bytes <= found->first + found->second;
  }
  [[nodiscard]] std::int64_t used() const { return used_; }
  [[nodiscard]] bool empty() const { return blocks_.empty(); }

 private:
  std::map<std::byte*, std::size_t, std::less<>> blocks_;
  std::int64_t used_ = 0;
};

}  // namespace kvfoot::cuda::emulator
