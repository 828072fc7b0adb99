// The tensors of a Llama model, resolved and shape-checked; views on the source, never a second
// copy.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "executor/model/config.hpp"
#include "executor/model/tensor.hpp"
#include "sim/core/result.hpp"

namespace kvfoot {

// h hidden_size, f intermediate_size, d head_dim, H heads, K kv_heads. Linear layers: y = W x.
struct LayerWeights {
  TensorView input_norm;  // (h)
  TensorView q;           // (H * d, h), rows of a head are consecutive, RoPE pairs (k, k + d/2)
  TensorView k;           // (K * d, h)
  TensorView v;           // (K * d, h)
  TensorView o;           // (h, H * d)
  TensorView post_norm;   // (h)
  TensorView gate;        // (f, h)
  TensorView up;          // (f, h)
  TensorView down;        // (h, f)
};

// Every `data` pointer is aligned to its element size (a tensor that lies unaligned in its file is
// copied, which writers of the last years never cause).
struct LlamaWeights {
  LlamaConfig config;
  TensorView embed;  // (V, h)
  std::vector<LayerWeights> layers;
  TensorView final_norm;                       // (h)
  TensorView lm_head;                          // (V, h); the same bytes as `embed` when tied
  std::shared_ptr<const TensorSource> source;  // keeps the views alive
  std::vector<std::shared_ptr<const std::byte[]>> aligned;  // copies of unaligned tensors, if any
};

// Names, types and shapes that a model of this configuration has, in the order of the forward pass.
std::vector<TensorSpec> llama_tensors(const LlamaConfig& config, WeightType type);

// Errors name the missing or misshapen tensor. A checkpoint of a tied model may also hold lm_head
// (it is ignored); tensors that the model does not know (biases) are an error, as ignoring them
// would change the output; rotary_emb.inv_freq is ignored.
Result<LlamaWeights> resolve_weights(const LlamaConfig& config,
                                     std::shared_ptr<const TensorSource> source);

// config.json and safetensors of a Hugging Face checkpoint folder.
Result<LlamaWeights> load_llama(const std::filesystem::path& directory);

}  // namespace kvfoot
