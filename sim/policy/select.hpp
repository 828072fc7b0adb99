// Choosing the k largest scores, ties to the lower index, in linear time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kvfoot {

// Appends offset + i for the k largest scores[i], i ascending; of equal scores the lower index
// wins; k is clamped to [0, size]. Zeros of either sign are equal; NaN ranks below everything.
void append_top(std::span<const float> scores, std::int64_t k, std::int32_t offset,
                std::vector<std::int32_t>& out);

// Room for `count` indices, and for what append_top writes past them while it works.
void reserve_indices(std::int64_t count, std::vector<std::int32_t>& out);

// Appends begin, begin + 1, ..., end - 1.
void append_range(std::int64_t begin, std::int64_t end, std::vector<std::int32_t>& out);

}  // namespace kvfoot
