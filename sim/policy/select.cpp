// Radix selection: counting by digits finds the k-th largest score, one more scan emits.
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

// The digit of the k-th largest key and how many of the larger digits there are before it.
struct Digit {
  std::uint32_t value = 0;
  std::int64_t remaining = 0;
};

Digit find_digit(const std::uint32_t* count, std::uint32_t largest, std::int64_t remaining) {
  std::uint32_t digit = largest;
  while (std::int64_t{count[digit]} < remaining) {
    remaining -= count[digit];
    --digit;
  }
  return {digit, remaining};
}

// 1 <= k <= scores.size().
Threshold find_threshold(std::span<const float> scores, std::int64_t k) {
  constexpr std::size_t kBins = 1U << 11U;
  // First digit: the upper 11 bits. Scores of one head are of similar size, so neighbours hit the
  // same counter: four tables keep an increment from waiting for the one before.
  constexpr std::size_t kTables = 4;
  std::array<std::uint32_t, kTables * kBins> count{};  // indices are 32 bits, so counts fit
  const std::size_t size = scores.size();
  std::size_t i = 0;
  for (; i + kTables <= size; i += kTables) {
    for (std::size_t t = 0; t < kTables; ++t) {
      ++count[t * kBins + (order_key(scores[i + t]) >> 21U)];
    }
  }
  for (; i < size; ++i) {
    ++count[order_key(scores[i]) >> 21U];
  }
  for (std::size_t t = 1; t < kTables; ++t) {
    for (std::size_t b = 0; b < kBins; ++b) {
      count[b] += count[t * kBins + b];
    }
  }
  const Digit upper = find_digit(count.data(), kBins - 1, k);

  // Keys with that digit, then the other two digits among them.
  std::vector<std::uint32_t> same(count[upper.value] + 1);  // one spare: written before counted
  std::uint32_t* to = same.data();
  for (const float score : scores) {
    const std::uint32_t key = order_key(score);
    *to = key;
    to += key >> 21U == upper.value ? 1 : 0;
  }
  same.pop_back();
  const auto digit_among = [&](std::uint32_t prefix, int bits_above, int shift, int bits,
                               std::int64_t remaining) {
    const std::uint32_t digits = 1U << static_cast<unsigned>(bits);
    std::fill_n(count.begin(), digits, 0U);
    for (const std::uint32_t key : same) {
      if (key >> static_cast<unsigned>(32 - bits_above) == prefix) {
        ++count[(key >> static_cast<unsigned>(shift)) & (digits - 1)];
      }
    }
    return find_digit(count.data(), digits - 1, remaining);
  };
  const Digit middle = digit_among(upper.value, 11, 10, 11, upper.remaining);
  const std::uint32_t prefix = (upper.value << 11U) | middle.value;
  const Digit lower = digit_among(prefix, 22, 0, 10, middle.remaining);
  return {(prefix << 10U) | lower.value, lower.remaining};
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
    const bool equal = (key == threshold.key) & (equal_left > 0);
    *to = offset + static_cast<std::int32_t>(i);
    to += static_cast<int>(key > threshold.key) | static_cast<int>(equal);
    equal_left -= static_cast<int>(equal);
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
