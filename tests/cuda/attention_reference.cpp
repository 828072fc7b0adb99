// Attention in double, one score after the other.
#include "tests/cuda/attention_reference.hpp"

#include <algorithm>
#include <cmath>

namespace kvfoot::cuda {

std::vector<double> reference_scores(const PagedStreams& streams, const std::vector<float>& q,
                                     std::int32_t q_heads, std::int64_t rows, std::int64_t row,
                                     std::int32_t q_head, double scale) {
  const auto& geometry = streams.geometry();
  const std::int32_t head = q_head / (q_heads / streams.heads());
  const std::int64_t seen = geometry.entries[static_cast<std::size_t>(head)] - rows + row + 1;
  const float* query = q.data() + (row * q_heads + q_head) * geometry.head_dim;
  std::vector<double> scores;
  for (std::int64_t key = 0; key < seen; ++key) {
    double dot = 0;
    for (std::int64_t i = 0; i < geometry.head_dim; ++i) {
      dot += double{query[i]} * double{streams.get(head, key, false, i)};
    }
    scores.push_back(dot * scale);
  }
  return scores;
}

ReferenceRow reference_row(const PagedStreams& streams, const std::vector<float>& q,
                           std::int32_t q_heads, std::int64_t rows, std::int64_t row,
                           std::int32_t q_head, double scale) {
  ReferenceRow result;
  result.probability = reference_scores(streams, q, q_heads, rows, row, q_head, scale);
  const double largest = *std::ranges::max_element(result.probability);
  double sum = 0;
  for (double& p : result.probability) {
    p = std::exp(p - largest);
    sum += p;
  }
  result.log_sum_exp = largest + std::log(sum);
  result.out.resize(static_cast<std::size_t>(streams.geometry().head_dim));
  const std::int32_t head = q_head / (q_heads / streams.heads());
  for (std::size_t key = 0; key < result.probability.size(); ++key) {
    result.probability[key] /= sum;
    for (std::size_t i = 0; i < result.out.size(); ++i) {
      result.out[i] +=
          result.probability[key] * double{streams.get(head, static_cast<std::int64_t>(key), true,
                                                       static_cast<std::int64_t>(i))};
    }
  }
  return result;
}

}  // namespace kvfoot::cuda
