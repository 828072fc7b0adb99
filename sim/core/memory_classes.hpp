// What the bytes of a forward pass belong to; the executor counts by these classes and the
// simulator predicts by them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kvfoot {

enum class MemoryClass : std::uint8_t { kWeights, kKv, kActivation, kWorkspace, kLogits };
constexpr std::size_t kMemoryClasses = 5;
constexpr std::array<MemoryClass, kMemoryClasses> kAllMemoryClasses{
    MemoryClass::kWeights, MemoryClass::kKv, MemoryClass::kActivation, MemoryClass::kWorkspace,
    MemoryClass::kLogits};
[[nodiscard]] constexpr std::string_view to_string(MemoryClass memory) {
  constexpr std::array<std::string_view, kMemoryClasses> kNames{"weights", "kv", "activation",
                                                                "workspace", "logits"};
  return kNames[static_cast<std::size_t>(memory)];
}

// Bytes per class.
struct MemoryBytes {
  std::array<std::int64_t, kMemoryClasses> of{};

  std::int64_t& operator[](MemoryClass memory) { return of[static_cast<std::size_t>(memory)]; }
  std::int64_t operator[](MemoryClass memory) const { return of[static_cast<std::size_t>(memory)]; }
  [[nodiscard]] std::int64_t total() const {
    std::int64_t sum = 0;
    for (const std::int64_t bytes : of) {
      sum += bytes;
    }
    return sum;
  }
  // Every class at its largest so far; these moments may differ, so their total is no peak.
  void raise_to(const MemoryBytes& other) {
    for (std::size_t i = 0; i < kMemoryClasses; ++i) {
      of[i] = std::max(of[i], other.of[i]);
    }
  }
  friend bool operator==(const MemoryBytes&, const MemoryBytes&) = default;
};

}  // namespace kvfoot
