// Small models and passes for the tests of the CPU backend.
#include "tests/cpu/support.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/core/hash.hpp"

namespace kvfoot::cpu_test {

LlamaConfig small_config() {
  LlamaConfig config;
  config.hidden_size = 48;
  config.intermediate_size = 72;
  config.layers = 3;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 16;
  config.vocab_size = 131;
  config.max_position_embeddings = 4096;
  config.rms_norm_eps = 1e-5;
  return config;
}

LlamaWeights small_weights(WeightType type) {
  RandomModelOptions options;
  options.seed = 7;
  options.type = type;
  options.attention_scale = 2.0;
  return std::move(make_random_llama(small_config(), options)).value();
}

std::unique_ptr<Backend> backend(LlamaWeights weights, int threads) {
  return std::move(make_cpu_backend(std::move(weights), "test", CpuOptions{threads})).value();
}

std::vector<std::int32_t> tokens(std::int64_t count, std::int64_t vocab, std::uint64_t seed) {
  std::vector<std::int32_t> out;
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back(
        static_cast<std::int32_t>(below(hash_words(seed, i), static_cast<std::uint64_t>(vocab))));
  }
  return out;
}

std::vector<float> noise(std::int64_t count, std::uint64_t seed, float scale) {
  std::vector<float> out;
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back(scale * static_cast<float>(2.0 * unit_interval(hash_words(seed, i)) - 1.0));
  }
  return out;
}

void run_pass(Backend& backend, std::span<const std::int32_t> tokens, TokenPos first,
              std::int64_t patch_rows) {
  std::vector<TokenPos> positions(tokens.size());
  std::iota(positions.begin(), positions.end(), first);
  KVFOOT_CHECK(backend.begin_pass(tokens, positions, patch_rows).ok());
  for (std::int32_t layer = 0; layer < backend.shape().layers; ++layer) {
    KVFOOT_CHECK(backend.attend(layer).ok());
    KVFOOT_CHECK(backend.feed_forward(layer).ok());
  }
}

std::vector<std::vector<float>> run_chunks(Backend& backend, std::span<const std::int32_t> tokens,
                                           std::int64_t chunk) {
  std::vector<std::vector<float>> out;
  const auto count = static_cast<std::int64_t>(tokens.size());
  for (std::int64_t begin = 0; begin < count; begin += chunk) {
    const std::int64_t rows = std::min(chunk, count - begin);
    run_pass(backend,
             tokens.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(rows)),
             static_cast<TokenPos>(begin));
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::span<const float> logits = backend.logits(r).value();
      out.emplace_back(logits.begin(), logits.end());
    }
  }
  return out;
}

}  // namespace kvfoot::cpu_test
