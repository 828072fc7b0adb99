// Causal attention by plain tensor operators (attention.hpp).
#include "trainer/attention.hpp"

#include <cmath>

namespace kvfoot::trainer {
namespace {

using torch::Tensor;

Tensor causal_mask(std::int64_t length, const Tensor& like) {
  return torch::full({length, length}, -std::numeric_limits<float>::infinity(),
                     like.options().dtype(torch::kFloat))
      .triu(1);
}

// (batch, length, heads, d) -> (batch, heads, length, d); KV heads are repeated for their group.
Tensor by_head(const Tensor& x, std::int64_t repeat) {
  const Tensor t = x.transpose(1, 2);
  return repeat == 1 ? t.contiguous() : t.repeat_interleave(repeat, 1);
}

}  // namespace

Tensor attention_probabilities(const Tensor& q, const Tensor& k) {
  const std::int64_t group = q.size(2) / k.size(2);
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
  const Tensor scores =
      torch::matmul(by_head(q, 1), by_head(k, group).transpose(2, 3).contiguous());
  return torch::softmax(scores.to(torch::kFloat) * scale + causal_mask(q.size(1), q), -1);
}

Tensor causal_attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const std::int64_t group = q.size(2) / v.size(2);
  const Tensor weights = attention_probabilities(q, k).to(v.scalar_type());
  return torch::matmul(weights, by_head(v, group)).transpose(1, 2);
}

}  // namespace kvfoot::trainer
