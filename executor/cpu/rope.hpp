// Cosines and sines of the rotary embedding.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/schedule.hpp"

namespace kvfoot::cpu {

// Row i holds head_dim / 2 values for one position. Angles are formed in fp32 (position times
// frequency), as the reference implementation does: at long positions its rounding is part of the
// model. Cosine and sine of that angle are taken in double and rounded once.
class RopeTable {
 public:
  explicit RopeTable(std::span<const double> inverse_frequencies);

  void assign(std::span<const TokenPos> positions);
  // Rows are positions 0, 1, ...: at least `count` of them.
  void extend(std::int64_t count);

  [[nodiscard]] const float* cosine(std::int64_t row) const {
    return cosine_.data() + row * half();
  }
  [[nodiscard]] const float* sine(std::int64_t row) const { return sine_.data() + row * half(); }
  [[nodiscard]] std::int64_t bytes() const {
    return static_cast<std::int64_t>((cosine_.capacity() + sine_.capacity()) * sizeof(float));
  }

 private:
  [[nodiscard]] std::int64_t half() const { return static_cast<std::int64_t>(frequency_.size()); }
  void push(TokenPos position);

  std::vector<float> frequency_;
  std::vector<float> cosine_;  // (rows, head_dim / 2)
  std::vector<float> sine_;    // (rows, head_dim / 2)
};

}  // namespace kvfoot::cpu
