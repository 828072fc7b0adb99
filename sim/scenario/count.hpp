// Counting crosses before anything is expanded: sizes saturate instead of overflowing.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace kvfoot {

inline constexpr std::int64_t kUncountable = std::numeric_limits<std::int64_t>::max();

[[nodiscard]] constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  return a > kUncountable - b ? kUncountable : a + b;
}

[[nodiscard]] constexpr std::int64_t saturating_multiply(std::int64_t a, std::int64_t b) {
  return b != 0 && a > kUncountable / b ? kUncountable : a * b;
}

[[nodiscard]] inline std::string too_many(std::int64_t count, std::int64_t limit,
                                          std::string_view what) {
  const std::string number = count == kUncountable ? "more than 2^63" : std::to_string(count);
  return "the lists cross to " + number + " " + std::string(what) + ", the limit is " +
         std::to_string(limit);
}

}  // namespace kvfoot
