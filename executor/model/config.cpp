// Reads and checks config.json; config_write.cpp writes it.
#include "executor/model/config.hpp"

#include <algorithm>
#include <limits>

#include "executor/model/json_fields.hpp"

namespace kvfoot {

namespace {

using model::Fields;
using model::Json;

constexpr std::size_t kMaxConfigBytes = std::size_t{16} << 20;
constexpr std::int64_t kMaxPositions = std::int64_t{1} << 31;
constexpr double kLarge = 1e18;

// A field must say `wanted` or be absent; anything else is a model that this executor would compute
// wrongly without noticing.
Status demand_text(const Fields& fields, std::string_view name, std::string_view wanted) {
  KVFOOT_ASSIGN(const auto found, fields.text(name));
  if (found && *found != wanted) {
    return fields.wrong(name, "is \"" + model::shown(*found) + "\", only \"" + std::string(wanted) +
                                  "\" is supported");
  }
  return {};
}

Status demand_false(const Fields& fields, std::string_view name) {
  KVFOOT_ASSIGN(const bool found, fields.boolean_or(name, false));
  if (found) {
    return fields.wrong(name, "is true, which is not supported",
                        "Llama checkpoints have no biases");
  }
  return {};
}

Status check_family(const Json& json, const Fields& fields) {
  KVFOOT_TRY(demand_text(fields, "model_type", "llama"));
  const Json* architectures = fields.find("architectures");
  if (architectures != nullptr) {
    if (!architectures->is_array()) {
      return fields.wrong("architectures",
                          "must be a list, found " + std::string(model::type_word(*architectures)));
    }
    const bool known = std::any_of(architectures->begin(), architectures->end(), [](const Json& a) {
      return a.is_string() && a.get_ref<const std::string&>() == "LlamaForCausalLM";
    });
    if (!known) {
      return fields.wrong("architectures", "does not name LlamaForCausalLM",
                          "only Llama language models can be loaded");
    }
  } else if (!json.contains("model_type")) {
    return fields.wrong("model_type", "the field is missing, and so is architectures",
                        "is this the config.json of a model?");
  }
  if (fields.find("quantization_config") != nullptr) {
    return fields.wrong("quantization_config", "quantised checkpoints are not supported",
                        "use the F32, F16 or BF16 weights");
  }
  return {};
}

Status read_rope_object(const Json& object, std::string_view where, std::string_view name,
                        RopeConfig& rope) {
  const Fields outer(object, where, "");
  if (!object.is_object()) {
    return outer.wrong(name,
                       "must be an object or null, found " + std::string(model::type_word(object)));
  }
  const Fields fields(object, where, std::string(name) + ".");
  KVFOOT_ASSIGN(const auto modern, fields.text("rope_type"));
  KVFOOT_ASSIGN(const auto legacy, fields.text("type"));
  if (modern && legacy && *modern != *legacy) {
    return fields.wrong("rope_type", "is \"" + model::shown(*modern) + "\" but type is \"" +
                                         model::shown(*legacy) + "\"");
  }
  const std::string type = modern ? *modern : legacy.value_or("default");
  KVFOOT_ASSIGN(const double partial, fields.number_or("partial_rotary_factor", 0.0, 1.0, 1.0));
  if (partial != 1.0) {
    return fields.wrong("partial_rotary_factor", "other values than 1 are not supported");
  }
  if (type == "default") {
    return {};
  }
  if (type != "linear" && type != "llama3") {
    return fields.wrong("rope_type", "\"" + model::shown(type) + "\" is not supported",
                        "supported are default, linear and llama3");
  }
  KVFOOT_ASSIGN(rope.factor, fields.number("factor", 1.0, kLarge));
  rope.type = RopeType::kLinear;
  if (type == "llama3") {
    rope.type = RopeType::kLlama3;
    KVFOOT_ASSIGN(rope.low_freq_factor, fields.number("low_freq_factor", 1e-6, kLarge));
    KVFOOT_ASSIGN(rope.high_freq_factor, fields.number("high_freq_factor", 1e-6, kLarge));
    KVFOOT_ASSIGN(rope.original_max_position_embeddings,
                  fields.integer("original_max_position_embeddings", 1, kMaxPositions));
  }
  return {};
}

Status read_rope(const Fields& fields, std::string_view where, LlamaConfig& config) {
  KVFOOT_ASSIGN(config.rope.theta, fields.number_or("rope_theta", 1.0, kLarge, 10000.0));
  RopeConfig scaling = config.rope;
  if (const Json* object = fields.find("rope_scaling")) {
    KVFOOT_TRY(read_rope_object(*object, where, "rope_scaling", scaling));
  }
  // Newer files put theta and scaling into one object; they may repeat the old fields.
  if (const Json* object = fields.find("rope_parameters")) {
    RopeConfig modern;
    KVFOOT_TRY(read_rope_object(*object, where, "rope_parameters", modern));
    const Fields inner(*object, where, "rope_parameters.");
    KVFOOT_ASSIGN(modern.theta, inner.number_or("rope_theta", 1.0, kLarge, config.rope.theta));
    if (fields.find("rope_theta") != nullptr && modern.theta != config.rope.theta) {
      return inner.wrong("rope_theta", "differs from the rope_theta of the file");
    }
    scaling.theta = modern.theta;
    if (fields.find("rope_scaling") != nullptr && modern != scaling) {
      return fields.wrong("rope_parameters", "contradicts rope_scaling");
    }
    scaling = modern;
  }
  config.rope = scaling;
  return {};
}

Status read_ids(const Fields& fields, LlamaConfig& config) {
  const std::int64_t last = config.vocab_size - 1;
  if (const Json* bos = fields.find("bos_token_id"); bos != nullptr) {
    KVFOOT_ASSIGN(const std::int64_t id, fields.integer("bos_token_id", 0, last));
    config.bos_token_id = static_cast<std::int32_t>(id);
  }
  const Json* eos = fields.find("eos_token_id");
  if (eos == nullptr) {
    return {};
  }
  config.eos_token_ids.clear();
  if (!eos->is_array()) {
    KVFOOT_ASSIGN(const std::int64_t id, fields.integer("eos_token_id", 0, last));
    config.eos_token_ids.push_back(static_cast<std::int32_t>(id));
    return {};
  }
  for (const Json& entry : *eos) {
    if (!entry.is_number_integer() || entry < 0 || entry > last) {
      return fields.wrong("eos_token_id", "the list holds " + model::shown_json(entry) +
                                              ", which is no id from 0 to " + std::to_string(last));
    }
    config.eos_token_ids.push_back(entry.get<std::int32_t>());
  }
  return {};
}

Status read_weight_type(const Fields& fields, LlamaConfig& config) {
  for (const std::string_view name : {"torch_dtype", "dtype"}) {
    KVFOOT_ASSIGN(const auto text, fields.text(name));
    if (text) {
      const auto type = parse_weight_type(*text);
      if (!type) {
        return fields.wrong(name, "\"" + model::shown(*text) + "\" is not supported",
                            "supported are float32, float16 and bfloat16");
      }
      config.weight_type = *type;
    }
  }
  return {};
}

}  // namespace

std::int64_t LlamaConfig::parameter_count() const {
  const std::int64_t layer = 2 * hidden_size + 2 * q_rows() * hidden_size +
                             2 * kv_rows() * hidden_size + 3 * intermediate_size * hidden_size;
  const std::int64_t ends = vocab_size * hidden_size * (tie_word_embeddings ? 1 : 2) + hidden_size;
  return layers * layer + ends;
}

Result<LlamaConfig> parse_config(std::string_view text, std::string_view where) {
  KVFOOT_ASSIGN(const Json json, model::parse_object(text, where));
  const Fields fields(json, where);
  KVFOOT_TRY(check_family(json, fields));
  KVFOOT_TRY(demand_text(fields, "hidden_act", "silu"));
  KVFOOT_TRY(demand_false(fields, "attention_bias"));
  KVFOOT_TRY(demand_false(fields, "mlp_bias"));

  LlamaConfig config;
  KVFOOT_ASSIGN(config.hidden_size, fields.integer("hidden_size", 1, kMaxDimension));
  KVFOOT_ASSIGN(config.intermediate_size, fields.integer("intermediate_size", 1, kMaxDimension));
  KVFOOT_ASSIGN(config.layers, fields.integer("num_hidden_layers", 1, kMaxLayers));
  KVFOOT_ASSIGN(config.heads, fields.integer("num_attention_heads", 1, kMaxDimension));
  KVFOOT_ASSIGN(config.kv_heads,
                fields.integer_or("num_key_value_heads", 1, kMaxDimension, config.heads));
  KVFOOT_ASSIGN(config.vocab_size, fields.integer("vocab_size", 1, kMaxDimension));
  KVFOOT_ASSIGN(config.max_position_embeddings,
                fields.integer_or("max_position_embeddings", 1, kMaxPositions, 2048));
  KVFOOT_ASSIGN(config.rms_norm_eps, fields.number_or("rms_norm_eps", 0.0, 1.0, 1e-6));
  KVFOOT_ASSIGN(config.tie_word_embeddings, fields.boolean_or("tie_word_embeddings", false));
  if (fields.find("head_dim") == nullptr && config.hidden_size % config.heads != 0) {
    return fields.wrong(
        "head_dim", "the field is missing, and hidden_size " + std::to_string(config.hidden_size) +
                        " is no multiple of num_attention_heads " + std::to_string(config.heads));
  }
  KVFOOT_ASSIGN(config.head_dim,
                fields.integer_or("head_dim", 1, kMaxDimension, config.hidden_size / config.heads));
  KVFOOT_TRY(read_rope(fields, where, config));
  KVFOOT_TRY(read_ids(fields, config));
  KVFOOT_TRY(read_weight_type(fields, config));
  KVFOOT_TRY(validate_config(config, where));
  return config;
}

Status validate_config(const LlamaConfig& config, std::string_view where) {
  const auto wrong = [&](std::string_view field, std::string what) {
    return Error{std::string(where) + ": " + std::string(field), std::move(what)};
  };
  const std::pair<std::string_view, std::int64_t> sizes[] = {
      {"hidden_size", config.hidden_size},   {"intermediate_size", config.intermediate_size},
      {"num_attention_heads", config.heads}, {"num_key_value_heads", config.kv_heads},
      {"head_dim", config.head_dim},         {"vocab_size", config.vocab_size}};
  for (const auto& [field, value] : sizes) {
    if (value < 1 || value > kMaxDimension) {
      return wrong(field, "is " + std::to_string(value) + ", must be from 1 to " +
                              std::to_string(kMaxDimension));
    }
  }
  if (config.layers < 1 || config.layers > kMaxLayers) {
    return wrong("num_hidden_layers", "is " + std::to_string(config.layers) +
                                          ", must be from 1 to " + std::to_string(kMaxLayers));
  }
  if (config.heads % config.kv_heads != 0) {
    return wrong("num_key_value_heads", "is " + std::to_string(config.kv_heads) +
                                            ", which does not divide num_attention_heads " +
                                            std::to_string(config.heads));
  }
  if (config.head_dim % 2 != 0) {
    return wrong("head_dim",
                 "is " + std::to_string(config.head_dim) + ", must be even for rotary positions");
  }
  if (config.heads > kMaxDimension / config.head_dim) {
    return wrong("num_attention_heads",
                 "times head_dim is more than " + std::to_string(kMaxDimension));
  }
  if (config.rope.type == RopeType::kLlama3 &&
      !(config.rope.high_freq_factor > config.rope.low_freq_factor)) {
    return wrong("rope_scaling.high_freq_factor", "must be larger than low_freq_factor");
  }
  return {};
}

Status parse_generation_config(std::string_view text, std::string_view where, LlamaConfig& config) {
  KVFOOT_ASSIGN(const Json json, model::parse_object(text, where));
  return read_ids(Fields(json, where), config);
}

Result<LlamaConfig> load_config(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "config.json";
  if (!std::filesystem::exists(file)) {
    return Error{directory.string(), "has no config.json",
                 "name the folder of a Hugging Face checkpoint"};
  }
  KVFOOT_ASSIGN(const std::string text, model::read_text(file.string(), kMaxConfigBytes));
  KVFOOT_ASSIGN(LlamaConfig config, parse_config(text, file.string()));
  const std::filesystem::path generation = directory / "generation_config.json";
  if (std::filesystem::exists(generation)) {
    KVFOOT_ASSIGN(const std::string more, model::read_text(generation.string(), kMaxConfigBytes));
    KVFOOT_TRY(parse_generation_config(more, generation.string(), config));
  }
  return config;
}

ModelShape model_shape(const LlamaConfig& config, std::string_view name) {
  ModelShape shape;
  shape.name = name;
  shape.layers = static_cast<std::int32_t>(config.layers);
  shape.q_heads = static_cast<std::int32_t>(config.heads);
  shape.kv_heads = static_cast<std::int32_t>(config.kv_heads);
  shape.head_dim = static_cast<std::int32_t>(config.head_dim);
  shape.hidden = static_cast<std::int32_t>(config.hidden_size);
  shape.ffn = static_cast<std::int32_t>(config.intermediate_size);
  shape.vocab = static_cast<std::int32_t>(config.vocab_size);
  shape.tied_embeddings = config.tie_word_embeddings;
  return shape;
}

}  // namespace kvfoot
