// Positions per stream.
#include "sim/cache/residency.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "sim/core/index_runs.hpp"

namespace kvfoot {
namespace {

// Up to so many evicted entries, runs of survivors are moved as a whole.
constexpr std::size_t kFewLost = 64;

}  // namespace

Residency::Residency(std::int32_t layers, std::int32_t heads)
    : layers_(layers),
      heads_(heads),
      streams_(static_cast<std::size_t>(layers) * static_cast<std::size_t>(heads)) {}

std::size_t Residency::stream(std::int32_t layer, std::int32_t head) const {
  KVFOOT_CHECK(layer >= 0 && layer < layers_ && head >= 0 && head < heads_);
  return static_cast<std::size_t>(layer) * static_cast<std::size_t>(heads_) +
         static_cast<std::size_t>(head);
}

std::span<const TokenPos> Residency::resident(std::int32_t layer, std::int32_t head) const {
  return streams_[stream(layer, head)];
}

std::int64_t Residency::size(std::int32_t layer, std::int32_t head) const {
  return static_cast<std::int64_t>(streams_[stream(layer, head)].size());
}

void Residency::append(std::int32_t layer, std::int32_t head, TokenPos begin, TokenPos end) {
  std::vector<TokenPos>& positions = streams_[stream(layer, head)];
  KVFOOT_CHECK(begin <= end && (positions.empty() || positions.back() < begin),
               "positions must ascend");
  const std::size_t old = positions.size();
  positions.resize(old + static_cast<std::size_t>(end - begin));
  std::iota(positions.begin() + static_cast<std::ptrdiff_t>(old), positions.end(), begin);
  total_ += end - begin;
}

void Residency::retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) {
  std::vector<TokenPos>& positions = streams_[stream(layer, head)];
  KVFOOT_CHECK(kept.size() <= positions.size());
  TokenPos* const data = positions.data();
  std::size_t i = leading_run(kept);  // stay where they are
  if (i < kept.size() && positions.size() - kept.size() < kFewLost) {
    for_each_run(kept.subspan(i), [&](std::size_t at, std::size_t count) {
      const TokenPos* const from = data + kept[i + at];
      std::copy(from, from + count, data + i + at);
    });
    i = kept.size();
  } else if (i < kept.size() && data[kept.back()] - data[kept[i]] == kept.back() - kept[i]) {
    // Consecutive positions, as the entries of one pass are: no need to look them up.
    const TokenPos shift = data[kept[i]] - kept[i];
    for (; i < kept.size(); ++i) {
      data[i] = kept[i] + shift;
    }
  }
  for (; i < kept.size(); ++i) {
    data[i] = data[kept[i]];  // kept[i] >= i: nothing is overwritten before it is read
  }
  total_ -= static_cast<std::int64_t>(positions.size() - kept.size());
  positions.resize(kept.size());
}

}  // namespace kvfoot
