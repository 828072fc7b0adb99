// Architectures out of config.json. Field names are those of the models' published files.
#include "sim/io/config_fields.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace kvfoot {
namespace {

constexpr std::int64_t kMaxDimension = 1 << 24;  // keeps every product of sizes inside 64 bits

Result<bool> flag(const JsonValue& config, std::string_view where, std::string_view key,
                  bool absent) {
  const JsonValue* value = config.find(key);
  if (value == nullptr || value->is_null()) {
    return absent;
  }
  const bool* set = value->get_if<bool>();
  if (set == nullptr) {
    return Error{std::string(where) + ": " + std::string(key),
                 "is " + std::string(value->kind()) + ", must be true or false", ""};
  }
  return *set;
}

// The shortest text whose repetition gives `layers`, in linear time: what remains without its
// longest proper prefix that is also a suffix (Knuth, Morris, Pratt).
std::string shortest_period(const std::string& layers) {
  std::vector<std::size_t> border(layers.size() + 1, 0);
  for (std::size_t i = 1; i < layers.size(); ++i) {
    std::size_t length = border[i];
    while (length > 0 && layers[i] != layers[length]) {
      length = border[length];
    }
    border[i + 1] = layers[i] == layers[length] ? length + 1 : 0;
  }
  return layers.substr(0, layers.size() - border.back());
}

Result<std::string> listed_layers(const JsonValue& list, std::string_view where,
                                  std::int32_t layers) {
  const std::string place = std::string(where) + ": layer_types";
  const auto* types = list.get_if<JsonValue::Array>();
  if (types == nullptr || types->size() != static_cast<std::size_t>(layers)) {
    return Error{place, "must list one type for each of the " + std::to_string(layers) + " layers",
                 ""};
  }
  std::string pattern;
  for (const JsonValue& type : *types) {
    const auto* text = type.get_if<std::string>();
    if (text != nullptr && *text == "full_attention") {
      pattern += 'f';
    } else if (text != nullptr && *text == "sliding_attention") {
      pattern += 's';
    } else {
      return Error{
          place,
          text == nullptr ? "holds " + std::string(type.kind()) : "'" + *text + "' is not known",
          "layers of full_attention and sliding_attention can be counted"};
    }
  }
  return shortest_period(pattern);
}

// Older files say less: the family decides then.
Result<std::string> implied_layers(const JsonValue& config, std::string_view where,
                                   std::int32_t layers) {
  KVFOOT_ASSIGN(const auto period, config_size(config, where, "sliding_window_pattern"));
  if (period) {
    const std::int32_t slides = std::min(*period, layers) - 1;  // the last of each period is full
    return std::string(static_cast<std::size_t>(slides), 's') + (*period <= layers ? "f" : "s");
  }
  const JsonValue* type = config.find("model_type");
  const auto* family = type == nullptr ? nullptr : type->get_if<std::string>();
  if (family != nullptr && *family == "gemma2") {
    return std::string("sf");
  }
  if (family != nullptr && family->starts_with("gemma3")) {
    return std::string("sssssf");
  }
  if (family != nullptr && family->starts_with("qwen")) {
    // Layers from max_window_layers on slide.
    const JsonValue* first = config.find("max_window_layers");
    const auto* full = first == nullptr ? nullptr : first->get_if<std::int64_t>();
    const std::int64_t count =
        full == nullptr ? 0 : std::clamp<std::int64_t>(*full, 0, std::int64_t{layers});
    return shortest_period(std::string(static_cast<std::size_t>(count), 'f') +
                           std::string(static_cast<std::size_t>(layers - count), 's'));
  }
  return std::string("s");
}

Status read_sliding(const JsonValue& config, std::string_view where, ModelShape& shape) {
  KVFOOT_ASSIGN(const auto window, config_size(config, where, "sliding_window"));
  KVFOOT_ASSIGN(const bool used, flag(config, where, "use_sliding_window", true));
  const JsonValue* types = config.find("layer_types");
  const bool listed = types != nullptr && !types->is_null();
  std::string pattern;
  if (listed) {
    KVFOOT_ASSIGN(pattern, listed_layers(*types, where, shape.layers));
  } else if (window && used) {
    KVFOOT_ASSIGN(pattern, implied_layers(config, where, shape.layers));
  }
  if (pattern.find('s') == std::string::npos) {
    return {};
  }
  if (!window) {
    return Error{std::string(where), "has sliding layers and no \"sliding_window\"", ""};
  }
  shape.sliding = {*window, pattern};
  return {};
}

Status read_latent(const JsonValue& config, std::string_view where, ModelShape& shape) {
  KVFOOT_ASSIGN(const auto rank, config_size(config, where, "kv_lora_rank"));
  if (!rank) {
    return {};
  }
  shape.latent.kv_rank = *rank;
  KVFOOT_ASSIGN(shape.latent.rope_dim, config_needed(config, where, "qk_rope_head_dim"));
  KVFOOT_ASSIGN(shape.latent.value_dim, config_needed(config, where, "v_head_dim"));
  KVFOOT_ASSIGN(const std::int32_t plain, config_needed(config, where, "qk_nope_head_dim"));
  KVFOOT_ASSIGN(const auto q_rank, config_size(config, where, "q_lora_rank"));
  shape.latent.q_rank = q_rank.value_or(0);
  shape.head_dim = plain + shape.latent.rope_dim;
  shape.kv_heads = 1;
  return {};
}

// Files that mix in layers without experts in ways that cannot be told here.
Status check_every_layer(const JsonValue& config, std::string_view where) {
  for (const std::string_view key : {"decoder_sparse_step", "moe_layer_freq"}) {
    const JsonValue* step = config.find(key);
    const auto* number = step == nullptr ? nullptr : step->get_if<std::int64_t>();
    if (step != nullptr && !step->is_null() && (number == nullptr || *number != 1)) {
      return Error{std::string(where) + ": " + std::string(key),
                   "experts in every layer can be counted, not in some", ""};
    }
  }
  const JsonValue* only = config.find("mlp_only_layers");
  const auto* layers = only == nullptr ? nullptr : only->get_if<JsonValue::Array>();
  if (only != nullptr && !only->is_null() && (layers == nullptr || !layers->empty())) {
    return Error{std::string(where) + ": mlp_only_layers",
                 "experts in every layer can be counted, not in some", ""};
  }
  return {};
}

// Zero is a number here: no shared expert, no dense layer.
Result<std::int32_t> count_or_zero(const JsonValue& config, std::string_view where,
                                   std::string_view key) {
  const JsonValue* value = config.find(key);
  const auto* number = value == nullptr ? nullptr : value->get_if<std::int64_t>();
  if (number != nullptr && *number == 0) {
    return 0;
  }
  KVFOOT_ASSIGN(const auto size, config_size(config, where, key));
  return size.value_or(0);
}

Status read_experts(const JsonValue& config, std::string_view where, ModelShape& shape) {
  KVFOOT_ASSIGN(auto count, config_size(config, where, "n_routed_experts", "num_experts"));
  if (!count) {
    KVFOOT_ASSIGN(count, config_size(config, where, "num_local_experts"));
  }
  if (!count) {
    return {};
  }
  KVFOOT_TRY(check_every_layer(config, where));
  shape.experts.count = *count;
  KVFOOT_ASSIGN(const auto active,
                config_size(config, where, "num_experts_per_tok", "experts_per_token"));
  if (!active) {
    return Error{std::string(where), "has experts and no \"num_experts_per_tok\"", ""};
  }
  shape.experts.active = *active;
  KVFOOT_ASSIGN(const auto ffn, config_size(config, where, "moe_intermediate_size"));
  shape.experts.ffn = ffn.value_or(shape.ffn);
  KVFOOT_ASSIGN(shape.experts.shared, count_or_zero(config, where, "n_shared_experts"));
  KVFOOT_ASSIGN(shape.experts.dense_layers, count_or_zero(config, where, "first_k_dense_replace"));
  return {};
}

}  // namespace

Result<std::optional<std::int32_t>> config_size(const JsonValue& config, std::string_view where,
                                                std::string_view key) {
  const JsonValue* value = config.find(key);
  if (value == nullptr || value->is_null()) {
    return std::optional<std::int32_t>();
  }
  const std::string place = std::string(where) + ": " + std::string(key);
  const auto* number = value->get_if<std::int64_t>();
  if (number == nullptr) {
    return Error{place, "is " + std::string(value->kind()) + ", must be a positive integer", ""};
  }
  if (*number < 1 || *number > kMaxDimension) {
    return Error{
        place,
        "is " + std::to_string(*number) + ", must be from 1 to " + std::to_string(kMaxDimension),
        ""};
  }
  return std::optional(static_cast<std::int32_t>(*number));
}

Result<std::int32_t> config_needed(const JsonValue& config, std::string_view where,
                                   std::string_view key) {
  KVFOOT_ASSIGN(const std::optional<std::int32_t> value, config_size(config, where, key));
  if (!value) {
    return Error{std::string(where), "has no \"" + std::string(key) + "\"",
                 "is it the config.json of a decoder model?"};
  }
  return *value;
}

Result<std::optional<std::int32_t>> config_size(const JsonValue& config, std::string_view where,
                                                std::string_view key, std::string_view other_key) {
  KVFOOT_ASSIGN(const auto size, config_size(config, where, key));
  return size ? Result(size) : config_size(config, where, other_key);
}

Status read_architecture(const JsonValue& config, std::string_view where, ModelShape& shape) {
  KVFOOT_TRY(read_sliding(config, where, shape));
  KVFOOT_TRY(read_latent(config, where, shape));
  return read_experts(config, where, shape);
}

}  // namespace kvfoot
