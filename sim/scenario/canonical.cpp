// One line per point, from which scenario hashes are made.
#include "sim/scenario/scenario.hpp"

namespace kvfoot {
namespace {

// Absent and empty differ from every value.
template <class T>
std::string number_or_dash(const std::optional<T>& value) {
  return value ? std::to_string(*value) : "-";
}

std::string shape_text(const ModelShape& shape) {
  std::string text = shape.name;
  for (const std::int32_t size : {shape.layers, shape.q_heads, shape.kv_heads, shape.head_dim,
                                  shape.hidden, shape.ffn, shape.vocab}) {
    text += "," + std::to_string(size);
  }
  text += shape.tied_embeddings ? ",tied" : "";
  // Only where they are not the default: hashes of older scenarios hold.
  const auto add = [&](std::string_view what, std::initializer_list<std::int32_t> sizes) {
    text += "," + std::string(what);
    for (const std::int32_t size : sizes) {
      text += " " + std::to_string(size);
    }
  };
  if (shape.sliding.window > 0) {
    add("slides " + shape.sliding.pattern, {shape.sliding.window});
  }
  if (const LatentAttention& latent = shape.latent; latent.kv_rank > 0) {
    add("latent", {latent.kv_rank, latent.rope_dim, latent.value_dim, latent.q_rank});
  }
  if (const Experts& experts = shape.experts; experts.count > 0) {
    add("experts",
        {experts.count, experts.active, experts.shared, experts.ffn, experts.dense_layers});
  }
  return text;
}

}  // namespace

std::string canonical_text(const ScenarioPoint& point) {
  std::string text = point.shape ? "shape " + shape_text(*point.shape) : "trace " + point.trace;
  text += "; prompt " + number_or_dash(point.prompt);
  text += "; output " + number_or_dash(point.output);
  text += "; chunk " + std::to_string(point.chunk);
  text += "; accounting " + std::to_string(static_cast<int>(point.accounting));
  text += "; last " + std::to_string(static_cast<int>(point.last_prompt_token));
  text += "; block " + std::to_string(point.block_size);
  text += "; dtype " + std::string(point.kv_dtype ? to_string(*point.kv_dtype) : "-");
  text += "; seed " + number_or_dash(point.seed);
  text += "; device " + point.device_model;
  // Only where they are not the default: hashes of older scenarios hold.
  const KvLayout& layout = point.layout;
  if (layout.quant != KvQuant{}) {
    text += "; quant " + to_string(layout.quant);
  }
  if (layout.index != KvIndex{}) {
    text += "; index " + to_string(layout.index);
  }
  if (layout.alloc != KvAlloc{}) {
    text += "; alloc " + std::string(to_string(layout.alloc));
  }
  if (layout.copies != KvCopies{}) {
    text += "; copies " + std::string(to_string(layout.copies));
  }
  if (point.batch != 1) {
    text += "; batch " + std::to_string(point.batch);
  }
  if (point.weight_dtype != DType::kBF16) {
    text += "; weights " + std::string(to_string(point.weight_dtype));
  }
  if (point.logits != LogitsRows::kLast) {
    text += "; logits " + std::string(to_string(point.logits));
  }
  text += "; policy " + to_string_full(point.policy);
  return text;
}

std::string describe(const ScenarioPoint& point) {
  std::string text = to_string(point.policy) + " on ";
  text += point.shape ? point.shape->name : point.trace;
  if (point.prompt) {
    text += ", prompt " + std::to_string(*point.prompt);
  }
  if (point.output) {
    text += ", output " + std::to_string(*point.output);
  }
  if (point.batch != 1) {
    text += ", batch " + std::to_string(point.batch);
  }
  if (point.layout.quant != KvQuant{}) {
    text += ", " + to_string(point.layout.quant);
  }
  if (point.layout.index != KvIndex{}) {
    text += ", " + to_string(point.layout.index);
  }
  if (point.layout.alloc != KvAlloc{}) {
    text += ", " + std::string(to_string(point.layout.alloc));
  }
  if (point.layout.copies != KvCopies{}) {
    text += ", a copy per query head";
  }
  text += ", chunk " + (point.chunk == kWholePrompt ? "all" : std::to_string(point.chunk));
  return text;
}

}  // namespace kvfoot
