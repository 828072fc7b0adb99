// Attention in double, one score after the other.
#include "tests/cuda/attention_reference.hpp"

#include <algorithm>
#include <cmath>

namespace kvfoot::cuda {

AttentionInputs::AttentionInputs(Device& device, const PagedStreams::Geometry& geometry,
                                 std::int64_t pass_rows, std::int32_t group, float q_range,
                                 Random& random)
    : streams(device, geometry, random),
      rows(pass_rows),
      q_heads(streams.heads() * group),
      scale(1.0F / std::sqrt(static_cast<float>(geometry.head_dim))),
      q(random.scalars(geometry.type,
                       static_cast<std::size_t>(pass_rows * q_heads * geometry.head_dim), -q_range,
                       q_range)),
      q_device(device, encode(geometry.type, q)) {
  streams.fill(random);
}

std::vector<double> reference_scores(const AttentionInputs& inputs, std::int64_t row,
                                     std::int32_t q_head) {
  const std::int64_t dim = inputs.streams.geometry().head_dim;
  const std::int32_t head = q_head / (inputs.q_heads / inputs.streams.heads());
  const float* query = inputs.q.data() + (row * inputs.q_heads + q_head) * dim;
  std::vector<double> scores;
  for (std::int64_t key = 0; key < inputs.past(head) + row + 1; ++key) {
    double dot = 0;
    for (std::int64_t i = 0; i < dim; ++i) {
      dot += double{query[i]} * double{inputs.streams.get(head, key, false, i)};
    }
    scores.push_back(dot * double{inputs.scale});
  }
  return scores;
}

ReferenceSoftmax reference_softmax(std::vector<double> scores) {
  ReferenceSoftmax result{std::move(scores), 0};
  const double largest = *std::ranges::max_element(result.probability);
  double sum = 0;
  for (double& p : result.probability) {
    p = std::exp(p - largest);
    sum += p;
  }
  for (double& p : result.probability) {
    p /= sum;
  }
  result.log_sum_exp = largest + std::log(sum);
  return result;
}

std::vector<double> reference_output(const AttentionInputs& inputs, const ReferenceSoftmax& softmax,
                                     std::int32_t q_head) {
  const std::int32_t head = q_head / (inputs.q_heads / inputs.streams.heads());
  std::vector<double> out(static_cast<std::size_t>(inputs.streams.geometry().head_dim));
  for (std::size_t key = 0; key < softmax.probability.size(); ++key) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] +=
          softmax.probability[key] * double{inputs.streams.get(head, static_cast<std::int64_t>(key),
                                                               true, static_cast<std::int64_t>(i))};
    }
  }
  return out;
}

}  // namespace kvfoot::cuda
