// Ascending unique indices as runs of consecutive ones: what a decision keeps is mostly a few runs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kvfoot {

// How many of the first indices are 0, 1, 2, ...
[[nodiscard]] inline std::size_t leading_run(std::span<const std::int32_t> index) {
  const auto end = std::partition_point(index.begin(), index.end(), [&](const std::int32_t& value) {
    return value == static_cast<std::int32_t>(&value - index.data());
  });
  return static_cast<std::size_t>(end - index.begin());
}

// Calls run(at, count) for the maximal runs index[at], index[at] + 1, ... of `count` indices, in
// order. Logarithmic in the length of a run.
template <class Run>
void for_each_run(std::span<const std::int32_t> index, Run run) {
  std::size_t at = 0;
  while (at < index.size()) {
    // Doubling, then halving: short runs cost little, long ones few steps.
    const auto in_run = [&](std::size_t i) {
      return static_cast<std::size_t>(index[i] - index[at]) == i - at;
    };
    std::size_t inside = at;
    std::size_t step = 1;
    while (inside + step < index.size() && in_run(inside + step)) {
      inside += step;
      step *= 2;
    }
    std::size_t outside = std::min(index.size(), inside + step);
    while (inside + 1 < outside) {
      const std::size_t middle = inside + (outside - inside) / 2;
      (in_run(middle) ? inside : outside) = middle;
    }
    run(at, inside + 1 - at);
    at = inside + 1;
  }
}

}  // namespace kvfoot
