// The two loops of selection over all scores, once per instruction set.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace kvfoot::select {

// Integers in the order of the scores; zeros of either sign are equal, NaN is the least.
[[nodiscard]] inline std::int32_t order_key(float score) {
  const auto bits = std::bit_cast<std::int32_t>(score + 0.0F);  // -0 + 0 is +0
  constexpr std::int32_t kMagnitude = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kInfinity = 0x7f800000;
  const std::int32_t key = bits ^ ((bits >> 31) & kMagnitude);
  // Without a branch, so that loops over this vectorise.
  const std::int32_t nan = -static_cast<std::int32_t>((bits & kMagnitude) > kInfinity);
  return (key & ~nan) | (std::numeric_limits<std::int32_t>::min() & nan);
}

// Entries written past the last result, at most; buffers need this much room at their end.
constexpr std::size_t kSpare = 16;

struct Kernels {
  const char* name = "";
  // Appends the keys within [low, high] to `out` in order of i and returns how many; *above: how
  // many keys are larger than `high`. `out` may be `keys` itself.
  std::size_t (*between_scores)(std::span<const float> scores, std::int32_t low, std::int32_t high,
                                std::int32_t* out, std::size_t* above) = nullptr;
  std::size_t (*between_keys)(std::span<const std::int32_t> keys, std::int32_t low,
                              std::int32_t high, std::int32_t* out, std::size_t* above) = nullptr;
  // Writes offset + i for every key above `key` and for the first `equal` keys that are `key`, i
  // ascending; returns how many.
  std::size_t (*emit)(std::span<const float> scores, std::int32_t key, std::size_t equal,
                      std::int32_t offset, std::int32_t* out) = nullptr;
};

// What this machine can run, the plain loops first, the fastest last.
[[nodiscard]] std::span<const Kernels> kernels();

}  // namespace kvfoot::select
