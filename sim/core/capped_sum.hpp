// Entries of a stream that grows by one per row until it is full, added up over the rows.
#pragma once

#include <algorithm>
#include <cstdint>

namespace kvfoot {

// Sum of min(first + i, cap) over i in [0, count); count >= 0.
[[nodiscard]] constexpr std::int64_t capped_sum(std::int64_t first, std::int64_t cap,
                                                std::int64_t count) {
  const std::int64_t growing = std::clamp<std::int64_t>(cap - first, 0, count);
  return growing * first + growing * (growing - 1) / 2 + (count - growing) * cap;
}

}  // namespace kvfoot
