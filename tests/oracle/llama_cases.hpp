// The random models whose logits were computed by transformers (llama_*.safetensors beside this
// file). The tool write_oracle_models writes them to disk for the script; tests make them in
// memory.
#pragma once

#include <string_view>
#include <vector>

#include "executor/model/config.hpp"
#include "executor/model/make_model.hpp"

namespace kvfoot::oracle {

struct LlamaCase {
  std::string_view name;
  LlamaConfig config;
  RandomModelOptions options;
};

inline std::vector<LlamaCase> llama_cases() {
  LlamaConfig base;
  base.hidden_size = 64;
  base.intermediate_size = 112;
  base.layers = 2;
  base.heads = 4;
  base.kv_heads = 4;
  base.head_dim = 16;
  base.vocab_size = 288;
  base.max_position_embeddings = 256;
  base.rms_norm_eps = 1e-5;
  RandomModelOptions options;
  options.seed = 20;
  options.attention_scale = 2.0;  // scores spread enough that attention is neither flat nor one-hot

  std::vector<LlamaCase> cases;
  cases.push_back({"mha", base, options});
  LlamaConfig gqa = base;  // head_dim is not hidden_size / heads
  gqa.heads = 8;
  gqa.kv_heads = 2;
  gqa.layers = 3;
  cases.push_back({"gqa", gqa, options});
  LlamaConfig mqa = base;
  mqa.kv_heads = 1;
  mqa.rope.theta = 500000.0;
  cases.push_back({"mqa", mqa, options});
  LlamaConfig tied = gqa;
  tied.tie_word_embeddings = true;
  cases.push_back({"tied", tied, options});
  LlamaConfig llama3 = gqa;  // 40 tokens lie beyond the original context; all three bands occur
  llama3.rope = {RopeType::kLlama3, 10000.0, 8.0, 1.0, 4.0, 32};
  cases.push_back({"llama3", llama3, options});
  LlamaConfig linear = base;
  linear.rope.type = RopeType::kLinear;
  linear.rope.factor = 4.0;
  cases.push_back({"linear", linear, options});
  RandomModelOptions brain = options;
  brain.type = WeightType::kBF16;
  cases.push_back({"bf16", llama3, brain});
  RandomModelOptions half = options;
  half.type = WeightType::kF16;
  cases.push_back({"f16", gqa, half});
  return cases;
}

}  // namespace kvfoot::oracle
