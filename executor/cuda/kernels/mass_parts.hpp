// The kernels that mass.hpp chooses among.
#pragma once

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/mass.hpp"

namespace kvfoot::cuda {

// Query heads side by side in one read of the keys, by the kernels on tensor cores: a whole group
// if it divides the eight columns of a step, else one. To the base 2.
[[nodiscard]] inline std::int32_t log2_side_by_side(const MassInput& input) {
  switch (input.q_heads / input.cache.heads) {
    case 2:
      return 1;
    case 4:
      return 2;
    case 8:
      return 3;
    default:
      return 0;
  }
}

// Scaled scores (q_count, count, stride) of every key that some row of the call sees; the rest of
// a row is undefined.
void launch_scores_matrix(const SoftmaxRows& args, Stream stream);
void launch_scores_plain(const SoftmaxRows& args, Stream stream);

void launch_accumulate_matrix(const AccumulateMass& args, Stream stream);
void launch_accumulate_plain(const AccumulateMass& args, Stream stream);

}  // namespace kvfoot::cuda
