// Entry sizes and checks.
#include "sim/core/shape.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace kvfoot {
namespace {

Error shape_error(const ModelShape& shape, const std::string& what) {
  return Error{"model shape '" + shape.name + "'", what};
}

}  // namespace

std::int64_t scalar_bytes(DType dtype) { return dtype == DType::kF32 ? 4 : 2; }

std::string_view to_string(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "f32";
    case DType::kF16:
      return "f16";
    case DType::kBF16:
      return "bf16";
  }
  return "?";
}

Result<DType> parse_dtype(std::string_view text) {
  if (text == "f32" || text == "fp32" || text == "float32" || text == "F32") {
    return DType::kF32;
  }
  if (text == "f16" || text == "fp16" || text == "float16" || text == "F16") {
    return DType::kF16;
  }
  if (text == "bf16" || text == "bfloat16" || text == "BF16") {
    return DType::kBF16;
  }
  return Error{"dtype", "'" + std::string(text) + "' is unknown", "use f32, f16 or bf16"};
}

std::int32_t ModelShape::full_layers() const {
  std::int32_t full = 0;
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    full += window(layer) == 0 ? 1 : 0;
  }
  return full;
}

std::int64_t entry_scalars(const ModelShape& shape) {
  return shape.latent.kv_rank > 0 ? std::int64_t{shape.latent.kv_rank} + shape.latent.rope_dim
                                  : 2 * std::int64_t{shape.head_dim};
}

std::int64_t entry_bytes(const ModelShape& shape, DType dtype) {
  return entry_scalars(shape) * scalar_bytes(dtype);
}

ModelShape policy_shape(const ModelShape& shape) {
  ModelShape full = shape;
  full.layers = std::max(shape.full_layers(), 1);
  full.sliding = {};
  return full;
}

namespace {

Status check_sliding(const ModelShape& shape) {
  const SlidingLayers& sliding = shape.sliding;
  if (sliding.window < 0 || (sliding.window == 0) != sliding.pattern.empty()) {
    return shape_error(shape, "sliding window and layer pattern go together");
  }
  if (sliding.pattern.find_first_not_of("sf") != std::string::npos) {
    return shape_error(shape, "layer pattern '" + sliding.pattern +
                                  "': 's' for a sliding layer, 'f' for a full one");
  }
  return {};
}

Status check_latent(const ModelShape& shape) {
  const LatentAttention& latent = shape.latent;
  if (latent == LatentAttention{}) {
    return {};
  }
  if (latent.kv_rank <= 0 || latent.rope_dim <= 0 || latent.value_dim <= 0 || latent.q_rank < 0) {
    return shape_error(shape, "latent attention needs kv_lora_rank, qk_rope_head_dim, v_head_dim");
  }
  if (latent.rope_dim >= shape.head_dim) {
    return shape_error(shape, "the rotated part of a key, " + std::to_string(latent.rope_dim) +
                                  ", is not smaller than head_dim " +
                                  std::to_string(shape.head_dim));
  }
  if (shape.kv_heads != 1) {
    return shape_error(shape, "latent attention has one row for all heads, not " +
                                  std::to_string(shape.kv_heads) + " KV heads");
  }
  return {};
}

Status check_experts(const ModelShape& shape) {
  const Experts& experts = shape.experts;
  if (experts == Experts{}) {
    return {};
  }
  if (experts.count <= 0 || experts.active <= 0 || experts.ffn <= 0 || experts.shared < 0 ||
      experts.dense_layers < 0) {
    return shape_error(shape, "experts need a number, a number per token and a width");
  }
  if (experts.active > experts.count || experts.dense_layers > shape.layers) {
    return shape_error(shape,
                       "more experts per token than experts, or more dense layers than "
                       "layers");
  }
  return {};
}

// Sums of products of sizes stay far inside 64 bits: no model has 10^16 weights, or scalars per
// token.
Status check_size(const ModelShape& shape) {
  const auto real = [](std::int64_t value) { return static_cast<double>(value); };
  const Experts& experts = shape.experts;
  const double query =
      real(shape.q_heads) * real(std::int64_t{shape.head_dim} + shape.latent.kv_rank +
                                 shape.latent.rope_dim + shape.latent.value_dim);
  const double ffn = real(shape.ffn) + real(experts.ffn) * real(std::int64_t{experts.count} +
                                                                experts.shared + experts.active);
  const double ranks = real(shape.latent.q_rank) * query + real(shape.latent.kv_rank) * query;
  const double per_layer =
      real(shape.hidden) * (4 * query + 3 * ffn + real(experts.count) + real(shape.latent.q_rank)) +
      ranks + 4 * query + 4 * ffn;
  const double all = real(shape.layers) * per_layer + 2 * real(shape.vocab) * real(shape.hidden);
  if (all > 1e16) {
    return shape_error(shape, "has more than 10^16 weights: a size is wrong");
  }
  return {};
}

}  // namespace

Status validate(const ModelShape& shape) {
  const std::array<std::pair<const char*, std::int32_t>, 4> positive{{
      {"layers", shape.layers},
      {"query heads", shape.q_heads},
      {"KV heads", shape.kv_heads},
      {"head_dim", shape.head_dim},
  }};
  for (const auto& [field, value] : positive) {
    if (value <= 0) {
      return shape_error(
          shape, std::string(field) + " is " + std::to_string(value) + ", must be positive");
    }
  }
  if (shape.q_heads % shape.kv_heads != 0) {
    return shape_error(shape, std::to_string(shape.q_heads) + " query heads do not divide by " +
                                  std::to_string(shape.kv_heads) + " KV heads");
  }
  if (shape.head_dim % 2 != 0) {
    return shape_error(shape, "head_dim " + std::to_string(shape.head_dim) + " is odd");
  }
  KVFOOT_TRY(check_sliding(shape));
  KVFOOT_TRY(check_latent(shape));
  KVFOOT_TRY(check_experts(shape));
  return check_size(shape);
}

Status check_plain(const ModelShape& shape, std::string_view who) {
  if (shape.plain()) {
    return {};
  }
  const char* what = shape.hybrid()             ? "has sliding layers"
                     : shape.latent.kv_rank > 0 ? "has latent attention"
                                                : "has experts";
  Error error = shape_error(shape, what);
  error.hint = std::string(who) + " for Llama-style shapes only; `kvfoot replay --shape` counts it";
  return error;
}

}  // namespace kvfoot
