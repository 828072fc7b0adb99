// Quick selection with brackets from a sample: one scan leaves the few scores near the k-th, one
// more emits.
#include "sim/policy/select.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <numeric>

#include "sim/policy/select_kernels.hpp"

namespace kvfoot {
namespace {

using select::Kernels;
using select::kSpare;
using select::order_key;

constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();

const Kernels& fastest() {
  static const Kernels& chosen = select::kernels().back();
  return chosen;
}

struct Threshold {
  std::int32_t key = 0;
  std::size_t equal_kept = 0;  // how many scores equal to `key` belong to the top
};

std::size_t count_above(std::span<const std::int32_t> keys, std::int32_t limit) {
  std::uint32_t count = 0;  // sizes are 32 bits, so counts fit
  for (const std::int32_t key : keys) {
    count += key > limit ? 1U : 0U;
  }
  return count;
}

// The k-th largest of `keys`, all of which that matter lie in [low, high]; 1 <= k <= size. Halves
// the range of keys: a scan of a few thousand keys in cache costs less than one round of moving
// them about.
std::int32_t kth_largest(std::span<const std::int32_t> keys, std::size_t k, std::int32_t low,
                         std::int32_t high) {
  while (low < high) {
    const std::int32_t middle = std::midpoint(low, high);  // rounds towards low
    if (count_above(keys, middle) < k) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Keys between which the k-th largest lies in all likelihood.
struct Bracket {
  std::int32_t low = kLeast;
  std::int32_t high = kMost;
};

constexpr std::size_t kSample = 128;
constexpr std::size_t kFew = 512;  // so few keys are searched without a bracket

// From every (size / kSample)-th value; the same bracket for the same values.
template <class Value, class Key>
Bracket bracket(std::span<const Value> values, std::size_t k, Bracket known, Key key) {
  std::array<std::int32_t, kSample> sample;
  const std::size_t stride = values.size() / kSample;
  for (std::size_t i = 0; i < kSample; ++i) {
    sample[i] = key(values[i * stride + stride / 2]);
  }
  // The rank of the k-th in the sample spreads by at most sqrt(kSample) / 2 around its mean.
  const std::size_t middle = k * kSample / values.size();
  constexpr std::size_t kMargin = 14;
  Bracket found = known;
  if (middle > kMargin) {
    found.high = kth_largest(sample, middle - kMargin, known.low, known.high);
  }
  if (middle + kMargin < kSample) {
    found.low = kth_largest(sample, middle + kMargin, known.low, found.high);
  }
  return found;
}

// The k-th largest among `keys`, which lie within `range` and are used up; 1 <= k <= size.
Threshold find_among(std::span<std::int32_t> keys, std::size_t k, Bracket range) {
  while (keys.size() > kFew && range.low < range.high) {
    const Bracket near = bracket(std::span<const std::int32_t>(keys), k, range,
                                 [](std::int32_t key) { return key; });
    // The scan writes over its input, so a bracket that misses or gains little is found out before.
    const std::size_t above = count_above(keys, near.high);
    const std::size_t reach = near.low > kLeast ? count_above(keys, near.low - 1) : keys.size();
    if (k <= above || k > reach || reach - above > keys.size() / 2) {
      break;
    }
    std::size_t counted = 0;
    keys = keys.first(fastest().between_keys(keys, near.low, near.high, keys.data(), &counted));
    k -= above;
    range = near;
  }
  const std::int32_t key = kth_largest(keys, k, range.low, range.high);
  return {key, k - count_above(keys, key)};
}

// 1 <= k <= scores.size().
Threshold find_threshold(std::span<const float> scores, std::size_t k) {
  Bracket range;
  if (scores.size() > kFew) {
    range = bracket(scores, k, range, order_key);
  }
  const auto keys = std::make_unique_for_overwrite<std::int32_t[]>(scores.size() + kSpare);
  const auto scan = [&](std::size_t* above) {
    return fastest().between_scores(scores, range.low, range.high, keys.get(), above);
  };
  std::size_t above = 0;
  std::size_t within = scan(&above);
  if (k <= above) {
    range = {range.high + 1, kMost};
    within = scan(&above);
  } else if (k > above + within) {
    range = {kLeast, range.low - 1};
    within = scan(&above);
  }
  return find_among(std::span(keys.get(), within), k - above, range);
}

// The last index of the smallest score: what goes when all but one stay, as in each decode pass of
// a policy whose cache is full.
std::int64_t last_of_smallest(std::span<const float> scores) {
  std::int32_t smallest = kMost;
  for (const float score : scores) {
    const std::int32_t key = order_key(score);
    smallest = key < smallest ? key : smallest;
  }
  // Block by block from the end: whether a block has it can be asked for many scores at once.
  constexpr std::size_t kBlock = 64;
  std::size_t end = scores.size();
  while (true) {
    const std::size_t begin = end - std::min(end, kBlock);
    std::int32_t found = 0;
    for (std::size_t i = begin; i < end; ++i) {
      found |= static_cast<std::int32_t>(order_key(scores[i]) == smallest);
    }
    for (std::size_t i = end; found != 0 && i > begin; --i) {
      if (order_key(scores[i - 1]) == smallest) {
        return static_cast<std::int64_t>(i) - 1;
      }
    }
    end = begin;
  }
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
  const Threshold threshold = find_threshold(scores, static_cast<std::size_t>(k));
  const std::size_t begin = out.size();
  out.resize(begin + static_cast<std::size_t>(k) + kSpare);
  const std::size_t kept =
      fastest().emit(scores, threshold.key, threshold.equal_kept, offset, out.data() + begin);
  out.resize(begin + kept);
}

void reserve_indices(std::int64_t count, std::vector<std::int32_t>& out) {
  out.reserve(static_cast<std::size_t>(count) + kSpare);
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
