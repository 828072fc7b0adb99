// Radix selection: three counting scans find the k-th largest score, a fourth emits.
#include "sim/policy/select.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <numeric>

namespace kvfoot {
namespace {

// Unsigned integers in the order of the scores.
std::uint32_t order_key(float score) {
  if (score != score) {
    return 0;
  }
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0F);  // -0 + 0 is +0
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}

struct Threshold {
  std::uint32_t key = 0;
  std::int64_t equal_kept = 0;  // how many scores equal to `key` belong to the top
};

// 1 <= k <= scores.size().
Threshold find_threshold(std::span<const float> scores, std::int64_t k) {
  struct Digit {
    int shift;
    int bits;
  };
  constexpr std::array<Digit, 3> kDigits{{{21, 11}, {10, 11}, {0, 10}}};
  std::array<std::uint32_t, 1U << 11U> count;  // indices are 32 bits, so counts fit
  std::uint32_t prefix = 0;
  std::uint32_t mask = 0;
  std::int64_t remaining = k;
  for (const auto [shift, bits] : kDigits) {
    const std::uint32_t digit_mask = (1U << static_cast<unsigned>(bits)) - 1U;
    count.fill(0);
    for (const float score : scores) {
      const std::uint32_t key = order_key(score);
      if ((key & mask) == prefix) {  // after the first digit hardly ever, so the branch is cheap
        ++count[(key >> static_cast<unsigned>(shift)) & digit_mask];
      }
    }
    std::uint32_t digit = digit_mask;
    while (std::int64_t{count[digit]} < remaining) {
      remaining -= count[digit];
      --digit;
    }
    prefix |= digit << static_cast<unsigned>(shift);
    mask |= digit_mask << static_cast<unsigned>(shift);
  }
  return {prefix, remaining};
}

// The last index of the smallest score: what goes when all but one stay, as in each decode pass of
// a policy whose cache is full.
std::int64_t last_of_smallest(std::span<const float> scores) {
  std::uint32_t smallest = ~0U;
  for (const float score : scores) {
    smallest = std::min(smallest, order_key(score));
  }
  auto i = static_cast<std::int64_t>(scores.size()) - 1;
  while (order_key(scores[static_cast<std::size_t>(i)]) != smallest) {
    --i;
  }
  return i;
}

}  // namespace

void append_top(std::span<const float> scores, std::int64_t k, std::int32_t offset,
                std::vector<std::int32_t>& out) {
  const auto size = static_cast<std::int64_t>(scores.size());
  k = std::clamp<std::int64_t>(k, 0, size);
  if (k == 0) {
    return;
  }
  if (k == size) {
    append_range(offset, offset + size, out);
    return;
  }
  if (k == size - 1) {
    const std::int64_t dropped = last_of_smallest(scores);
    append_range(offset, offset + dropped, out);
    append_range(offset + dropped + 1, offset + size, out);
    return;
  }
  const Threshold threshold = find_threshold(scores, k);
  std::int64_t equal_left = threshold.equal_kept;
  const std::size_t begin = out.size();
  out.resize(begin + static_cast<std::size_t>(k) + 1);  // one spare: the loop below writes first
  std::int32_t* to = out.data() + begin;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::uint32_t key = order_key(scores[static_cast<std::size_t>(i)]);
    const bool equal = key == threshold.key && equal_left > 0;
    *to = offset + static_cast<std::int32_t>(i);
    to += key > threshold.key || equal ? 1 : 0;
    equal_left -= equal ? 1 : 0;
  }
  out.resize(begin + static_cast<std::size_t>(k));
}

void append_range(std::int64_t begin, std::int64_t end, std::vector<std::int32_t>& out) {
  if (end <= begin) {
    return;
  }
  const std::size_t old = out.size();
  out.resize(old + static_cast<std::size_t>(end - begin));
  std::iota(out.begin() + static_cast<std::ptrdiff_t>(old), out.end(),
            static_cast<std::int32_t>(begin));
}

}  // namespace kvfoot
