// Model geometry: what decides how many KV entries there are and how large each one is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sim/core/result.hpp"

namespace kvfoot {

enum class DType : std::uint8_t { kF32, kF16, kBF16 };

[[nodiscard]] std::int64_t scalar_bytes(DType dtype);
[[nodiscard]] std::string_view to_string(DType dtype);  // "f32", "f16", "bf16"
[[nodiscard]] Result<DType> parse_dtype(
    std::string_view text);  // also float32, fp16, bfloat16, ...

// Hybrids: layers that see only the last `window` tokens beside layers that see everything. The
// architecture evicts in the former, whatever the policy.
struct SlidingLayers {
  std::int32_t window = 0;  // tokens that a row sees, itself included; 0: no layer slides
  std::string pattern;      // 's' slides, 'f' is full; repeats over the layers ("sssssf")
  friend bool operator==(const SlidingLayers&, const SlidingLayers&) = default;
};

// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): an entry is one latent row and one
// rotated key that all heads share. kv_rank == 0: none.
struct LatentAttention {
  std::int32_t kv_rank = 0;    // kv_lora_rank
  std::int32_t rope_dim = 0;   // qk_rope_head_dim, part of head_dim
  std::int32_t value_dim = 0;  // v_head_dim
  std::int32_t q_rank = 0;     // q_lora_rank; 0: queries are projected at once
  friend bool operator==(const LatentAttention&, const LatentAttention&) = default;
};

// Mixture of experts in place of the MLP. count == 0: none.
struct Experts {
  std::int32_t count = 0;         // routed experts per layer
  std::int32_t active = 0;        // of them per token
  std::int32_t shared = 0;        // experts that every token takes besides
  std::int32_t ffn = 0;           // width of one expert
  std::int32_t dense_layers = 0;  // first layers that have an MLP of width ModelShape::ffn instead
  friend bool operator==(const Experts&, const Experts&) = default;
};

// A decoder with grouped-query attention. MHA has kv_heads == q_heads, MQA has kv_heads == 1, and
// so has latent attention: its rows belong to no head.
struct ModelShape {
  std::string name;  // built-in name or the folder of the checkpoint
  std::int32_t layers = 0;
  std::int32_t q_heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;  // of queries and keys
  std::int32_t hidden = 0;
  std::int32_t ffn = 0;
  std::int32_t vocab = 0;
  bool tied_embeddings = false;
  SlidingLayers sliding{};
  LatentAttention latent{};
  Experts experts{};

  [[nodiscard]] std::int32_t group() const { return q_heads / kv_heads; }
  [[nodiscard]] std::int32_t value_dim() const {
    return latent.kv_rank > 0 ? latent.value_dim : head_dim;
  }
  // Tokens that a row of this layer sees at most; 0: all of them.
  [[nodiscard]] std::int32_t window(std::int32_t layer) const {
    const std::string& pattern = sliding.pattern;
    return !pattern.empty() && pattern[static_cast<std::size_t>(layer) % pattern.size()] == 's'
               ? sliding.window
               : 0;
  }
  // Layers in which a policy decides.
  [[nodiscard]] std::int32_t full_layers() const;
  [[nodiscard]] bool hybrid() const { return sliding.window > 0 && full_layers() < layers; }
  // Without any of the three: what traces hold and the executor runs.
  [[nodiscard]] bool plain() const {
    return !hybrid() && latent == LatentAttention{} && experts == Experts{};
  }
  friend bool operator==(const ModelShape&, const ModelShape&) = default;
};

// Scalars that one token adds to one stream: K and V of a head, or a latent row and its key.
[[nodiscard]] std::int64_t entry_scalars(const ModelShape& shape);
// The same in bytes.
[[nodiscard]] std::int64_t entry_bytes(const ModelShape& shape, DType dtype);

// The shape as a policy sees it: its full layers only, as if there were no others. Where every
// layer slides it has one, in which nothing is ever asked.
[[nodiscard]] ModelShape policy_shape(const ModelShape& shape);

// Positive sizes, q_heads divisible by kv_heads, even head_dim; the error names the field.
[[nodiscard]] Status validate(const ModelShape& shape);

// The error of what works with plain shapes only: "model shape 'x': has sliding layers; ...".
[[nodiscard]] Status check_plain(const ModelShape& shape, std::string_view who);

// Published models by name, e.g. "llama-3.1-8b"; the error of an unknown name suggests a near one.
[[nodiscard]] std::span<const ModelShape> builtin_shapes();
[[nodiscard]] Result<ModelShape> builtin_shape(std::string_view name);

}  // namespace kvfoot
