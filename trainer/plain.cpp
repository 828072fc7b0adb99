// The fused operators by plain tensor operators: any device, any type (fused.hpp).
#include <cmath>
#include <limits>

#include "trainer/fused.hpp"

namespace kvfoot::trainer {
namespace {

using torch::Tensor;

// x (batch, length, heads, head_dim), rotated in halves as Hugging Face does.
Tensor rotate(const Tensor& x, const Tensor& cos, const Tensor& sin) {
  const auto halves = x.chunk(2, -1);
  return x * cos.unsqueeze(1) + torch::cat({-halves[1], halves[0]}, -1) * sin.unsqueeze(1);
}

// (batch, length, heads, d) -> (batch, heads, length, d); KV heads are repeated for their group.
Tensor by_head(const Tensor& x, std::int64_t repeat) {
  const Tensor t = x.transpose(1, 2);
  return repeat == 1 ? t.contiguous() : t.repeat_interleave(repeat, 1);
}

}  // namespace

Tensor attention_probabilities(const Tensor& q, const Tensor& k, const Tensor& cos,
                               const Tensor& sin) {
  const std::int64_t group = q.size(2) / k.size(2), length = q.size(1);
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
  const Tensor rotated_q = by_head(rotate(q.to(torch::kFloat), cos, sin), 1);
  const Tensor rotated_k = by_head(rotate(k.to(torch::kFloat), cos, sin), group);
  const Tensor mask =
      torch::full({length, length}, -std::numeric_limits<float>::infinity(), rotated_q.options())
          .triu(1);
  return torch::softmax(torch::matmul(rotated_q, rotated_k.transpose(2, 3)) * scale + mask, -1);
}

namespace plain {

Tensor rotary_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& cos,
                        const Tensor& sin) {
  const Tensor weights = trainer::attention_probabilities(q, k, cos, sin).to(v.scalar_type());
  return torch::matmul(weights, by_head(v, q.size(2) / v.size(2))).transpose(1, 2);
}

Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps, torch::ScalarType to) {
  return (x * torch::rsqrt(x.square().mean(-1, true) + eps) * weight).to(to);
}

Tensor swiglu(const Tensor& gate, const Tensor& up) { return torch::silu(gate) * up; }

}  // namespace plain
}  // namespace kvfoot::trainer
