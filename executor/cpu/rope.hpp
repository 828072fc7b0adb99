// Cosines and sines of the rotary embedding.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/cpu/floats.hpp"
#include "sim/core/schedule.hpp"

namespace kvfoot::cpu {

// Row i holds head_dim / 2 values for one position. Angles are formed in fp32 (position times
// frequency), as the reference implementation does: at long positions its rounding is part of the
// model. Cosine and sine of that angle are taken in double and rounded once.
class RopeTable {
 public:
  RopeTable(std::span<const double> inverse_frequencies, MemoryLedger& ledger);

  // One row per position; throws std::bad_alloc.
  void assign(std::span<const TokenPos> positions);
  // Rows are positions 0, 1, ...: `count` of them. Those that were there stay.
  void resize(std::int64_t count);

  [[nodiscard]] std::int64_t bytes() const {
    return (cosine_.size() + sine_.size()) * static_cast<std::int64_t>(sizeof(float));
  }
  [[nodiscard]] const float* cosine(std::int64_t row) const {
    return cosine_.data() + row * half();
  }
  [[nodiscard]] const float* sine(std::int64_t row) const { return sine_.data() + row * half(); }

 private:
  [[nodiscard]] std::int64_t half() const { return static_cast<std::int64_t>(frequency_.size()); }
  void fill(std::int64_t row, TokenPos position);

  std::vector<float> frequency_;
  Floats cosine_;  // (rows, head_dim / 2)
  Floats sine_;    // (rows, head_dim / 2)
};

}  // namespace kvfoot::cpu
