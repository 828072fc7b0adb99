// Forward pass of the trained Llama (llama.hpp); gradients come from autograd and fused.hpp.
#include "trainer/llama.hpp"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "trainer/fused.hpp"

namespace kvfoot::trainer {
namespace {

using torch::Tensor;

}  // namespace

Llama::Llama(const LlamaShape& shape, std::uint64_t seed, torch::Device device) : shape_(shape) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const std::int64_t h = shape.hidden, d = shape.head_dim;
  const double scale = 0.02, out_scale = scale / std::sqrt(2.0 * static_cast<double>(shape.layers));
  embedding_ = add("model.embed_tokens.weight", {shape.vocab, h}, scale, generator, device);
  for (std::int64_t i = 0; i < shape.layers; ++i) {
    const std::string p = "model.layers." + std::to_string(i) + ".";
    Layer layer;
    layer.input_norm = add(p + "input_layernorm.weight", {h}, 0, generator, device);
    layer.q = add(p + "self_attn.q_proj.weight", {shape.heads * d, h}, scale, generator, device);
    layer.k = add(p + "self_attn.k_proj.weight", {shape.kv_heads * d, h}, scale, generator, device);
    layer.v = add(p + "self_attn.v_proj.weight", {shape.kv_heads * d, h}, scale, generator, device);
    layer.o =
        add(p + "self_attn.o_proj.weight", {h, shape.heads * d}, out_scale, generator, device);
    layer.post_norm = add(p + "post_attention_layernorm.weight", {h}, 0, generator, device);
    layer.gate = add(p + "mlp.gate_proj.weight", {shape.ffn, h}, scale, generator, device);
    layer.up = add(p + "mlp.up_proj.weight", {shape.ffn, h}, scale, generator, device);
    layer.down = add(p + "mlp.down_proj.weight", {h, shape.ffn}, out_scale, generator, device);
    layers_.push_back(layer);
  }
  final_norm_ = add("model.norm.weight", {h}, 0, generator, device);

  const auto exponent = torch::arange(0, d, 2, torch::kDouble) / static_cast<double>(d);
  const auto frequency = torch::pow(shape.rope_theta, -exponent);
  const auto angle =
      torch::arange(shape.max_positions, torch::kDouble).unsqueeze(1) * frequency.unsqueeze(0);
  const auto both = torch::cat({angle, angle}, 1);
  cos_ = both.cos().to(torch::kFloat).to(device);
  sin_ = both.sin().to(torch::kFloat).to(device);
}

Tensor Llama::add(const std::string& name, torch::IntArrayRef sizes, double scale,
                  torch::Generator& generator, torch::Device device) {
  // Norm weights start at one, matrices at random.
  Tensor weight = sizes.size() == 1 ? torch::ones(sizes) : torch::randn(sizes, generator) * scale;
  weight = weight.to(device).requires_grad_();
  parameters_.emplace_back(name, weight);
  return weight;
}

Tensor Llama::hidden(const Tensor& tokens, torch::ScalarType compute) const {
  return forward(tokens, compute, nullptr);
}

Tensor Llama::logits(const Tensor& hidden, torch::ScalarType compute) const {
  return torch::linear(hidden.to(compute), embedding_.to(compute)).to(torch::kFloat);
}

std::vector<Tensor> Llama::attention_maps(const Tensor& tokens) const {
  torch::NoGradGuard no_grad;
  std::vector<Tensor> maps;
  forward(tokens.view({1, -1}), torch::kBFloat16, &maps);
  return maps;
}

Tensor Llama::forward(const Tensor& tokens, torch::ScalarType compute,
                      std::vector<Tensor>* maps) const {
  const std::int64_t batch = tokens.size(0), length = tokens.size(1), d = shape_.head_dim;
  const Tensor cos = cos_.narrow(0, 0, length), sin = sin_.narrow(0, 0, length);
  const auto linear = [compute](const Tensor& x, const Tensor& w) {
    return torch::linear(x, w.to(compute));
  };
  // The residual stream stays in fp32: small updates would drown in bf16.
  Tensor x = torch::embedding(embedding_, tokens);
  for (const Layer& layer : layers_) {
    const Tensor a = rms_norm(x, layer.input_norm, shape_.rms_eps, compute);
    const Tensor q = linear(a, layer.q).view({batch, length, shape_.heads, d});
    const Tensor k = linear(a, layer.k).view({batch, length, shape_.kv_heads, d});
    const Tensor v = linear(a, layer.v).view({batch, length, shape_.kv_heads, d});
    if (maps != nullptr) {
      maps->push_back(attention_probabilities(q, k, cos, sin)[0]);
    }
    const Tensor mixed =
        rotary_attention(q, k, v, cos, sin).reshape({batch, length, shape_.heads * d});
    x = x + linear(mixed, layer.o).to(torch::kFloat);
    const Tensor m = rms_norm(x, layer.post_norm, shape_.rms_eps, compute);
    x = x +
        linear(swiglu(linear(m, layer.gate), linear(m, layer.up)), layer.down).to(torch::kFloat);
  }
  return rms_norm(x, final_norm_, shape_.rms_eps, compute);
}

}  // namespace kvfoot::trainer
