// A Llama decoder in libtorch, for training: fp32 master weights, bf16 or fp32 compute.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kvfoot::trainer {

struct LlamaShape {
  std::int64_t vocab = 272;
  std::int64_t hidden = 256;
  std::int64_t layers = 4;
  std::int64_t heads = 8;     // query heads
  std::int64_t kv_heads = 4;  // each serves heads / kv_heads query heads
  std::int64_t head_dim = 32;
  std::int64_t ffn = 768;
  std::int64_t max_positions = 4096;
  double rope_theta = 10000.0;
  double rms_eps = 1e-5;
};

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

class Llama {
 public:
  // Weights with zero memory of any earlier run: normal(0, 0.02) from `seed`, the projections that
  // write into the residual stream scaled down by sqrt(2 * layers).
  Llama(const LlamaShape& shape, std::uint64_t seed, torch::Device device);

  // Hidden states after the last norm: tokens (batch, length) int64 -> (batch, length, hidden).
  [[nodiscard]] torch::Tensor hidden(const torch::Tensor& tokens, torch::ScalarType compute) const;

  // Logits in fp32 (tied embeddings): (..., hidden) -> (..., vocab).
  [[nodiscard]] torch::Tensor logits(const torch::Tensor& hidden, torch::ScalarType compute) const;

  // Attention probabilities of each layer, (heads, length, length) fp32, for one token row.
  [[nodiscard]] std::vector<torch::Tensor> attention_maps(const torch::Tensor& tokens) const;

  // Hugging Face names, in file order. The tensors are the weights themselves.
  [[nodiscard]] const NamedTensors& parameters() const { return parameters_; }
  [[nodiscard]] const LlamaShape& shape() const { return shape_; }

 private:
  struct Layer {
    torch::Tensor input_norm, q, k, v, o, post_norm, gate, up, down;
  };
  torch::Tensor forward(const torch::Tensor& tokens, torch::ScalarType compute,
                        std::vector<torch::Tensor>* maps) const;
  torch::Tensor add(const std::string& name, torch::IntArrayRef sizes, double scale,
                    torch::Generator& generator, torch::Device device);

  LlamaShape shape_;
  NamedTensors parameters_;
  torch::Tensor embedding_, final_norm_;
  std::vector<Layer> layers_;
  torch::Tensor cos_, sin_;  // (max_positions, head_dim) fp32, both halves filled
};

}  // namespace kvfoot::trainer
