// What the tests of the CPU backend share: small models, and a way to run one without a policy.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "executor/cpu/cpu_backend.hpp"
#include "executor/model/make_model.hpp"

namespace kvfoot::cpu_test {

// GQA group of 2, three layers, head_dim 16; `type` of the weights.
LlamaConfig small_config();
LlamaWeights small_weights(WeightType type = WeightType::kF32);
std::unique_ptr<Backend> backend(LlamaWeights weights, int threads = 1);

// Pseudo-random tokens below `vocab`.
std::vector<std::int32_t> tokens(std::int64_t count, std::int64_t vocab, std::uint64_t seed = 1);
// Pseudo-random numbers in [-scale, scale).
std::vector<float> noise(std::int64_t count, std::uint64_t seed, float scale = 1.0F);

// One pass over all layers without eviction; positions count on from `first`.
void run_pass(Backend& backend, std::span<const std::int32_t> tokens, TokenPos first,
              std::int64_t patch_rows = 0);
// Prefill in chunks; returns the logits of every row, (tokens, vocab).
std::vector<std::vector<float>> run_chunks(Backend& backend, std::span<const std::int32_t> tokens,
                                           std::int64_t chunk);

}  // namespace kvfoot::cpu_test
