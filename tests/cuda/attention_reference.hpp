// Attention in double, one score after the other: what the kernels are held against.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/cuda/paged_streams.hpp"

namespace kvfoot::cuda {

// Scores of one row of one query head with the keys that it sees, scaled.
[[nodiscard]] std::vector<double> reference_scores(const PagedStreams& streams,
                                                   const std::vector<float>& q,
                                                   std::int32_t q_heads, std::int64_t rows,
                                                   std::int64_t row, std::int32_t q_head,
                                                   double scale);

struct ReferenceRow {
  std::vector<double> probability;  // of the keys that the row sees
  std::vector<double> out;          // (head_dim)
  double log_sum_exp = 0;
};
[[nodiscard]] ReferenceRow reference_row(const PagedStreams& streams, const std::vector<float>& q,
                                         std::int32_t q_heads, std::int64_t rows, std::int64_t row,
                                         std::int32_t q_head, double scale);

}  // namespace kvfoot::cuda
