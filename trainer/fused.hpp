// Fused operators with gradients: CPU kernels where they fit, tensor operators elsewhere (GPU,
// fp32).
#pragma once

#include <torch/torch.h>

namespace kvfoot::trainer {

// Causal grouped-query attention with rotary positions. q (batch, length, heads, head_dim), k and v
// (batch, length, kv_heads, head_dim), not yet rotated; cos, sin (length, head_dim) fp32.
// -> (batch, length, heads, head_dim) in q's type. Softmax in fp32, scale 1/sqrt(head_dim).
torch::Tensor rotary_attention(const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, const torch::Tensor& cos,
                               const torch::Tensor& sin);

// The probabilities themselves, (batch, heads, length, length) fp32. For reports, not for training.
torch::Tensor attention_probabilities(const torch::Tensor& q, const torch::Tensor& k,
                                      const torch::Tensor& cos, const torch::Tensor& sin);

// x fp32 -> type `to`.
torch::Tensor rms_norm(const torch::Tensor& x, const torch::Tensor& weight, double eps,
                       torch::ScalarType to);

// silu(gate) * up
torch::Tensor swiglu(const torch::Tensor& gate, const torch::Tensor& up);

// The same by plain tensor operators; the tests hold the kernels against these.
namespace plain {
torch::Tensor rotary_attention(const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, const torch::Tensor& cos,
                               const torch::Tensor& sin);
torch::Tensor rms_norm(const torch::Tensor& x, const torch::Tensor& weight, double eps,
                       torch::ScalarType to);
torch::Tensor swiglu(const torch::Tensor& gate, const torch::Tensor& up);
}  // namespace plain

}  // namespace kvfoot::trainer
