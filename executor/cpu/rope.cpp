// Tables of the rotary embedding.
#include "executor/cpu/rope.hpp"

#include <cmath>

namespace kvfoot::cpu {

RopeTable::RopeTable(std::span<const double> inverse_frequencies) {
  frequency_.reserve(inverse_frequencies.size());
  for (const double f : inverse_frequencies) {
    frequency_.push_back(static_cast<float>(f));
  }
}

void RopeTable::assign(std::span<const TokenPos> positions) {
  cosine_.clear();
  sine_.clear();
  cosine_.reserve(positions.size() * frequency_.size());
  sine_.reserve(positions.size() * frequency_.size());
  for (const TokenPos position : positions) {
    push(position);
  }
}

void RopeTable::extend(std::int64_t count) {
  auto rows = static_cast<std::int64_t>(cosine_.size()) / half();
  for (; rows < count; ++rows) {
    push(static_cast<TokenPos>(rows));
  }
}

void RopeTable::push(TokenPos position) {
  for (const float f : frequency_) {
    const auto angle = static_cast<double>(static_cast<float>(position) * f);
    cosine_.push_back(static_cast<float>(std::cos(angle)));
    sine_.push_back(static_cast<float>(std::sin(angle)));
  }
}

}  // namespace kvfoot::cpu
