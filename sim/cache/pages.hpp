// Pages: every stream holds ceil(entries / block) pages of `block` entries each.
#pragma once

#include <cstdint>

namespace kvfoot {

constexpr std::int64_t kDefaultBlock = 16;  // entries per page

[[nodiscard]] constexpr std::int64_t pages_for(std::int64_t entries, std::int64_t block) {
  return (entries + block - 1) / block;
}

}  // namespace kvfoot
