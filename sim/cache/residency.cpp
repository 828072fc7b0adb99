// Positions per stream.
#include "sim/cache/residency.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace kvfoot {

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
  // Indices ascend, so those that stay where they are come first.
  const auto moved = std::partition_point(kept.begin(), kept.end(), [&](const std::int32_t& index) {
    return index == static_cast<std::int32_t>(&index - kept.data());
  });
  auto i = static_cast<std::size_t>(moved - kept.begin());
  if (moved != kept.end() && data[kept.back()] - data[*moved] == kept.back() - *moved) {
    // Consecutive positions, as the entries of one pass are: no need to look them up.
    const TokenPos shift = data[*moved] - *moved;
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
