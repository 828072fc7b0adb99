// Geometry out of config.json.
#include "sim/io/shape_file.hpp"

#include <optional>
#include <string>

#include "sim/io/file.hpp"
#include "sim/io/json.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kMaxConfigBytes = 16 << 20;
constexpr std::int64_t kMaxDimension = 1 << 24;  // keeps every product of sizes inside 64 bits

// Absent and null are the same in these files.
Result<std::optional<std::int32_t>> dimension(const JsonValue& config, std::string_view where,
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

Result<std::int32_t> needed(const JsonValue& config, std::string_view where, std::string_view key) {
  KVFOOT_ASSIGN(const std::optional<std::int32_t> value, dimension(config, where, key));
  if (!value) {
    return Error{std::string(where), "has no \"" + std::string(key) + "\"",
                 "is it the config.json of a decoder model?"};
  }
  return *value;
}

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
  KVFOOT_ASSIGN(shape.layers, needed(config, where, "num_hidden_layers"));
  KVFOOT_ASSIGN(shape.q_heads, needed(config, where, "num_attention_heads"));
  KVFOOT_ASSIGN(shape.hidden, needed(config, where, "hidden_size"));
  KVFOOT_ASSIGN(const std::optional<std::int32_t> kv,
                dimension(config, where, "num_key_value_heads"));
  KVFOOT_ASSIGN(const std::optional<std::int32_t> head_dim, dimension(config, where, "head_dim"));
  KVFOOT_ASSIGN(const std::optional<std::int32_t> ffn,
                dimension(config, where, "intermediate_size"));
  KVFOOT_ASSIGN(const std::optional<std::int32_t> vocab, dimension(config, where, "vocab_size"));
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
  if (Status status = validate(shape); !status) {
    Error error = std::move(status).error();
    error.where = std::string(where);
    return error;
  }
  return shape;
}

Result<ModelShape> load_shape(const std::filesystem::path& config_json) {
  KVFOOT_ASSIGN(const std::string text, read_file(config_json, kMaxConfigBytes));
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
