// Geometry out of config.json.
#include "sim/io/shape_file.hpp"

#include <optional>
#include <string>

#include "sim/io/config_fields.hpp"
#include "sim/io/file.hpp"
#include "sim/io/json.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kMaxConfigBytes = 16 << 20;

}  // namespace

Result<ModelShape> parse_shape(std::string_view json, std::string_view where,
                               std::string_view name) {
  KVFOOT_ASSIGN(const JsonValue document, parse_json(json, where));
  if (document.get_if<JsonValue::Object>() == nullptr) {
    return Error{std::string(where), "holds " + std::string(document.kind()) + ", not an object",
                 "is it the config.json of a decoder model?"};
  }
  const JsonValue* nested = document.find("text_config");
  const bool use_nested = nested != nullptr && nested->get_if<JsonValue::Object>() != nullptr;
  const JsonValue& config = use_nested ? *nested : document;

  ModelShape shape;
  shape.name = std::string(name);
  KVFOOT_ASSIGN(shape.layers, config_needed(config, where, "num_hidden_layers"));
  KVFOOT_ASSIGN(shape.q_heads, config_needed(config, where, "num_attention_heads"));
  KVFOOT_ASSIGN(shape.hidden, config_needed(config, where, "hidden_size"));
  KVFOOT_ASSIGN(const std::optional<std::int32_t> kv,
                config_size(config, where, "num_key_value_heads"));
  KVFOOT_ASSIGN(const std::optional<std::int32_t> head_dim, config_size(config, where, "head_dim"));
  KVFOOT_ASSIGN(const std::optional<std::int32_t> ffn,
                config_size(config, where, "intermediate_size"));
  KVFOOT_ASSIGN(const std::optional<std::int32_t> vocab, config_size(config, where, "vocab_size"));
  shape.kv_heads = kv.value_or(shape.q_heads);
  if (!head_dim && shape.hidden % shape.q_heads != 0) {
    return Error{std::string(where) + ": hidden_size",
                 std::to_string(shape.hidden) + " does not divide by " +
                     std::to_string(shape.q_heads) + " attention heads",
                 "give head_dim"};
  }
  shape.head_dim = head_dim.value_or(shape.hidden / shape.q_heads);
  shape.ffn = ffn.value_or(0);
  shape.vocab = vocab.value_or(0);
  if (const JsonValue* tied = config.find("tie_word_embeddings"); tied != nullptr) {
    const bool* flag = tied->get_if<bool>();
    if (flag == nullptr && !tied->is_null()) {
      return Error{std::string(where) + ": tie_word_embeddings",
                   "is " + std::string(tied->kind()) + ", must be true or false", ""};
    }
    shape.tied_embeddings = flag != nullptr && *flag;
  }
  KVFOOT_TRY(read_architecture(config, where, shape));
  if (Status status = validate(shape); !status) {
    Error error = std::move(status).error();
    error.where = std::string(where);
    return error;
  }
  return shape;
}

Result<ModelShape> load_shape(const std::filesystem::path& config_json) {
  KVFOOT_ASSIGN(const std::string text, read_regular_file(config_json, kMaxConfigBytes));
  std::error_code code;
  const auto absolute = std::filesystem::absolute(config_json, code);
  return parse_shape(text, config_json.string(), absolute.parent_path().filename().string());
}

Result<ModelShape> resolve_shape(std::string_view name_or_file,
                                 const std::filesystem::path& base_folder) {
  Result<ModelShape> builtin = builtin_shape(name_or_file);
  if (builtin) {
    return builtin;
  }
  std::error_code code;
  std::filesystem::path path = base_folder / std::filesystem::path(name_or_file);
  if (std::filesystem::is_directory(path, code)) {
    path /= "config.json";
  }
  const bool looks_like_file =
      name_or_file.find('/') != std::string_view::npos || name_or_file.ends_with(".json");
  if (!looks_like_file && !std::filesystem::exists(path, code)) {
    return builtin;
  }
  return load_shape(path);
}

}  // namespace kvfoot
