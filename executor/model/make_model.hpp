// Seeded random checkpoints of any shape: on disk as Hugging Face would lay them out, or in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "executor/model/config.hpp"
#include "executor/model/weights.hpp"
#include "sim/core/result.hpp"
#include "sim/core/shape.hpp"

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

// A configuration for random weights with the geometry of a plain shape.
[[nodiscard]] LlamaConfig config_of_shape(const ModelShape& shape);

// The model in memory (weights take config.parameter_count() * weight_bytes(type) bytes).
Result<LlamaWeights> make_random_llama(const LlamaConfig& config,
                                       const RandomModelOptions& options);

// The same model without its bytes: every tensor says what it will be, for a backend that makes
// weights where it needs them (executor/cuda).
Result<LlamaWeights> promise_random_llama(const LlamaConfig& config,
                                          const RandomModelOptions& options);
// Keeps the promise: the same bytes as make_random_llama.
Result<LlamaWeights> make_promised_llama(const LlamaWeights& promised, int threads);

// Writes config.json, model.safetensors (sharded with an index if a file would pass
// `max_shard_bytes`; 0: one file) and, where the vocabulary is large enough, tokenizer.json
// (256 bytes, no merges, special tokens after them; bos and eos ids are set to those unless
// the configuration names its own) into `directory`, which must be absent or empty. config.json
// comes last, so an interrupted run leaves nothing that loads; an error leaves nothing at all.
Status write_random_llama(const std::filesystem::path& directory, LlamaConfig config,
                          const RandomModelOptions& options, std::uint64_t max_shard_bytes = 0);

// tokenizer.json with the 256 bytes as vocabulary (id = byte) and six Llama-3 special tokens.
inline constexpr std::int32_t kByteTokenizerVocab = 256 + 6;
inline constexpr std::int32_t kByteTokenizerBos = 256;
inline constexpr std::int32_t kByteTokenizerEos = 257;  // <|end_of_text|>
inline constexpr std::int32_t kByteTokenizerEot = 260;
std::string byte_tokenizer_json();

}  // namespace kvfoot
