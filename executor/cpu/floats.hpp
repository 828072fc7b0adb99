// Floats that grow, for what lives as long as cache entries.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "executor/memory/buffers.hpp"

namespace kvfoot::cpu {

// Floats that keep their contents when their number changes. It is always exactly the memory of
// that number: what lives as long as cache entries must shrink with them.
class Floats {
 public:
  Floats() = default;
  Floats(MemoryLedger& ledger, MemoryClass memory) : ledger_(&ledger), memory_(memory) {}
  ~Floats();
  Floats(Floats&& other) noexcept { swap(other); }
  Floats& operator=(Floats&& other) noexcept {
    swap(other);
    return *this;
  }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;

  // New floats are undefined; throws std::bad_alloc and changes nothing then.
  void resize(std::int64_t count);
  [[nodiscard]] float* data() { return data_; }
  [[nodiscard]] const float* data() const { return data_; }
  [[nodiscard]] std::int64_t size() const { return count_; }
  [[nodiscard]] std::span<float> span() { return {data_, static_cast<std::size_t>(count_)}; }

 private:
  void swap(Floats& other) noexcept;

  MemoryLedger* ledger_ = nullptr;
  MemoryClass memory_ = MemoryClass::kWorkspace;
  float* data_ = nullptr;
  std::int64_t count_ = 0;
};

}  // namespace kvfoot::cpu
