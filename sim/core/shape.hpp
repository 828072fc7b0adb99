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

// A decoder with grouped-query attention. MHA has kv_heads == q_heads, MQA has kv_heads == 1.
struct ModelShape {
  std::string name;  // built-in name or the folder of the checkpoint
  std::int32_t layers = 0;
  std::int32_t q_heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;
  std::int32_t hidden = 0;
  std::int32_t ffn = 0;
  std::int32_t vocab = 0;
  bool tied_embeddings = false;

  [[nodiscard]] std::int32_t group() const { return q_heads / kv_heads; }
  friend bool operator==(const ModelShape&, const ModelShape&) = default;
};

// K and V of one token in one stream: 2 * head_dim * scalar bytes.
[[nodiscard]] std::int64_t entry_bytes(const ModelShape& shape, DType dtype);

// Positive sizes, q_heads divisible by kv_heads, even head_dim; the error names the field.
[[nodiscard]] Status validate(const ModelShape& shape);

// Published models by name, e.g. "llama-3.1-8b"; the error of an unknown name suggests a near one.
[[nodiscard]] std::span<const ModelShape> builtin_shapes();
[[nodiscard]] Result<ModelShape> builtin_shape(std::string_view name);

}  // namespace kvfoot
