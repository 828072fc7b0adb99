// Seeded random checkpoints of any shape: on disk as Hugging Face would lay them out, or in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "executor/model/config.hpp"
#include "executor/model/weights.hpp"
#include "sim/core/result.hpp"

namespace kvfoot {

// Element i of tensor T is a function of (seed, name of T, i) alone, so any number of threads, any
// sharding and both places give the same bytes.
struct RandomModelOptions {
  std::uint64_t seed = 0;
  WeightType type = WeightType::kF32;
  // Standard deviation of matrices is weight_scale / sqrt(columns); norms lie around 1.
  double weight_scale = 1.0;
  // Multiplies q_proj and k_proj once more each: above 1 attention gets sharper (fewer keys
  // matter).
  double attention_scale = 1.0;
  int threads = 1;
};

// The model in memory (weights take config.parameter_count() * weight_bytes(type) bytes).
Result<LlamaWeights> make_random_llama(const LlamaConfig& config,
                                       const RandomModelOptions& options);

// Writes config.json, model.safetensors (sharded with an index if a shard would pass
// `max_shard_bytes`; 0: one file) and tokenizer.json (256 bytes, no merges, special tokens after
// them; left out if vocab_size is too small) into `directory`, which must be absent or empty.
Status write_random_llama(const std::filesystem::path& directory, const LlamaConfig& config,
                          const RandomModelOptions& options, std::uint64_t max_shard_bytes = 0);

// tokenizer.json with the 256 bytes as vocabulary and Llama-3 special tokens; needs vocab_size of
// at least kByteTokenizerVocab.
inline constexpr std::int64_t kByteTokenizerVocab = 256 + 6;
std::string byte_tokenizer_json();

}  // namespace kvfoot
