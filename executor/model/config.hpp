// Shape and constants of a Llama model as Hugging Face's config.json states them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/model/weight_type.hpp"
#include "sim/core/result.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot {

enum class RopeType : std::uint8_t { kDefault, kLinear, kLlama3 };

struct RopeConfig {
  RopeType type = RopeType::kDefault;
  double theta = 10000.0;
  double factor = 1.0;  // kLinear, kLlama3
  // kLlama3 only; wavelengths shorter than original / high_freq_factor keep their frequency, longer
  // than original / low_freq_factor are divided by `factor`, between them the two are blended.
  double low_freq_factor = 1.0;
  double high_freq_factor = 4.0;
  std::int64_t original_max_position_embeddings = 8192;

  friend bool operator==(const RopeConfig&, const RopeConfig&) = default;
};

// Invariants (checked when read, and by validate_config): every count is positive,
// heads % kv_heads == 0, head_dim is even, sizes are below kMaxDimension.
struct LlamaConfig {
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t layers = 0;    // num_hidden_layers
  std::int64_t heads = 0;     // num_attention_heads: query heads
  std::int64_t kv_heads = 0;  // num_key_value_heads
  std::int64_t head_dim = 0;
  std::int64_t vocab_size = 0;
  std::int64_t max_position_embeddings = 2048;
  double rms_norm_eps = 1e-6;
  RopeConfig rope;
  bool tie_word_embeddings = false;
  std::optional<std::int32_t> bos_token_id;
  std::vector<std::int32_t> eos_token_ids;    // generation stops at any of them; may be empty
  WeightType weight_type = WeightType::kF32;  // torch_dtype; the tensors' own type decides

  friend bool operator==(const LlamaConfig&, const LlamaConfig&) = default;

  std::int64_t group() const { return heads / kv_heads; }       // query heads per KV head
  std::int64_t q_rows() const { return heads * head_dim; }      // rows of q_proj, columns of o_proj
  std::int64_t kv_rows() const { return kv_heads * head_dim; }  // rows of k_proj and v_proj
  std::int64_t parameter_count() const;                         // tied embeddings count once
};

inline constexpr std::int64_t kMaxDimension = std::int64_t{1} << 24;
inline constexpr std::int64_t kMaxLayers = 1024;

// Reads DIR/config.json, and the eos ids of DIR/generation_config.json where that file has them
// (it wins, as in transformers). Errors name file and field.
Result<LlamaConfig> load_config(const std::filesystem::path& directory);

// The same from memory; `where` stands for the file name in errors.
Result<LlamaConfig> parse_config(std::string_view json, std::string_view where);

// Reads bos and eos ids of a generation_config.json into `config`; absent fields change nothing.
Status parse_generation_config(std::string_view json, std::string_view where, LlamaConfig& config);

// Checks the invariants of a configuration built in code.
Status validate_config(const LlamaConfig& config, std::string_view where);

// The geometry that simulator and KV store need; `name` is what results call the model.
ModelShape model_shape(const LlamaConfig& config, std::string_view name);

// config.json text that parse_config and transformers read back.
std::string config_to_json(const LlamaConfig& config);

// inv_freq[k], k < head_dim / 2, in double: theta^(-2k / head_dim), scaled by the rope type.
// The angle of pair (k, k + head_dim / 2) at position p is p * inv_freq[k].
std::vector<double> rope_inverse_frequencies(const LlamaConfig& config);

}  // namespace kvfoot
