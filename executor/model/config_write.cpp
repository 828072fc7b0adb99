// Writes config.json.
#include "executor/model/config.hpp"
#include "executor/model/json_fields.hpp"

namespace kvfoot {

std::string config_to_json(const LlamaConfig& config) {
  nlohmann::ordered_json json;
  json["architectures"] = {"LlamaForCausalLM"};
  json["model_type"] = "llama";
  json["hidden_act"] = "silu";
  json["hidden_size"] = config.hidden_size;
  json["intermediate_size"] = config.intermediate_size;
  json["num_hidden_layers"] = config.layers;
  json["num_attention_heads"] = config.heads;
  json["num_key_value_heads"] = config.kv_heads;
  json["head_dim"] = config.head_dim;
  json["vocab_size"] = config.vocab_size;
  json["max_position_embeddings"] = config.max_position_embeddings;
  json["rms_norm_eps"] = config.rms_norm_eps;
  json["rope_theta"] = config.rope.theta;
  json["rope_scaling"] = nullptr;
  if (config.rope.type != RopeType::kDefault) {
    nlohmann::ordered_json& scaling = json["rope_scaling"];
    scaling["rope_type"] = config.rope.type == RopeType::kLinear ? "linear" : "llama3";
    scaling["factor"] = config.rope.factor;
    if (config.rope.type == RopeType::kLlama3) {
      scaling["low_freq_factor"] = config.rope.low_freq_factor;
      scaling["high_freq_factor"] = config.rope.high_freq_factor;
      scaling["original_max_position_embeddings"] = config.rope.original_max_position_embeddings;
    }
  }
  json["tie_word_embeddings"] = config.tie_word_embeddings;
  json["attention_bias"] = false;
  json["mlp_bias"] = false;
  json["bos_token_id"] = nullptr;
  if (config.bos_token_id) {
    json["bos_token_id"] = *config.bos_token_id;
  }
  json["eos_token_id"] = nullptr;
  if (config.eos_token_ids.size() == 1) {
    json["eos_token_id"] = config.eos_token_ids.front();
  } else if (!config.eos_token_ids.empty()) {
    json["eos_token_id"] = config.eos_token_ids;
  }
  json["torch_dtype"] = torch_name(config.weight_type);
  return json.dump(2) + "\n";
}

}  // namespace kvfoot
