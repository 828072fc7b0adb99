// Attention in double, one score after the other: what the kernels are held against.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/cuda/paged_streams.hpp"

namespace kvfoot::cuda {

// Streams and queries on the device, and the queries on the host. |key|, |value| <= 1.
struct AttentionInputs {
  AttentionInputs(Device& device, const PagedStreams::Geometry& geometry, std::int64_t pass_rows,
                  std::int32_t group, float q_range, Random& random);

  [[nodiscard]] std::int64_t past(std::int32_t head) const {
    return streams.geometry().entries[static_cast<std::size_t>(head)] - rows;
  }

  PagedStreams streams;
  std::int64_t rows;
  std::int32_t q_heads;
  float scale;           // 1 / sqrt(head_dim)
  std::vector<float> q;  // (rows, q_heads, head_dim)
  DeviceBytes q_device;
};

// Scores of one row of one query head with the keys that it sees, scaled.
[[nodiscard]] std::vector<double> reference_scores(const AttentionInputs& inputs, std::int64_t row,
                                                   std::int32_t q_head);

struct ReferenceSoftmax {
  std::vector<double> probability;
  double log_sum_exp = 0;
};
[[nodiscard]] ReferenceSoftmax reference_softmax(std::vector<double> scores);

// (head_dim): the values that the row sees, weighted.
[[nodiscard]] std::vector<double> reference_output(const AttentionInputs& inputs,
                                                   const ReferenceSoftmax& softmax,
                                                   std::int32_t q_head);

}  // namespace kvfoot::cuda
