// Causal grouped-query attention with a gradient, for training.
#pragma once

#include <torch/torch.h>

namespace kvfoot::trainer {

// q (batch, length, heads, head_dim), k and v (batch, length, kv_heads, head_dim), all of one type
// -> (batch, length, heads, head_dim). Softmax in fp32, scale 1/sqrt(head_dim).
torch::Tensor causal_attention(const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v);

// The probabilities themselves: (batch, heads, length, length) fp32. For reports, not for training.
torch::Tensor attention_probabilities(const torch::Tensor& q, const torch::Tensor& k);

}  // namespace kvfoot::trainer
