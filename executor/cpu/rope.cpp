// Tables of the rotary embedding.
#include "executor/cpu/rope.hpp"

#include <algorithm>
#include <cmath>

namespace kvfoot::cpu {

RopeTable::RopeTable(std::span<const double> inverse_frequencies, MemoryLedger& ledger)
    : cosine_(ledger, MemoryClass::kWorkspace), sine_(ledger, MemoryClass::kWorkspace) {
  frequency_.reserve(inverse_frequencies.size());
  for (const double f : inverse_frequencies) {
    frequency_.push_back(static_cast<float>(f));
  }
}

void RopeTable::assign(std::span<const TokenPos> positions) {
  const auto count = static_cast<std::int64_t>(positions.size());
  cosine_.resize(count * half());
  sine_.resize(count * half());
  for (std::int64_t row = 0; row < count; ++row) {
    fill(row, positions[static_cast<std::size_t>(row)]);
  }
}

void RopeTable::resize(std::int64_t count) {
  std::int64_t row = std::min(sine_.size(), cosine_.size()) / half();
  cosine_.resize(count * half());
  sine_.resize(count * half());
  for (; row < count; ++row) {
    fill(row, static_cast<TokenPos>(row));
  }
}

void RopeTable::fill(std::int64_t row, TokenPos position) {
  float* cosine = cosine_.data() + row * half();
  float* sine = sine_.data() + row * half();
  for (const float f : frequency_) {
    const auto angle = static_cast<double>(static_cast<float>(position) * f);
    *cosine++ = static_cast<float>(std::cos(angle));
    *sine++ = static_cast<float>(std::sin(angle));
  }
}

}  // namespace kvfoot::cpu
