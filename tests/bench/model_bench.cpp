// Speed of executor/model: encoding text, random weights, widening 16-bit weights.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "executor/model/random_tensor.hpp"
#include "executor/model/tokenizer.hpp"

namespace kvfoot {
namespace {

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Real text of this repository, repeated to a few MB.
std::string prose() {
  std::string once;
  for (const char* name : {"/tests/oracle/README.md", "/executor/model/tokenizer_spec.cpp",
                           "/tests/oracle/make_tokenizer_goldens.py"}) {
    once += read(KVFOOT_SOURCE_DIR + std::string(name));
  }
  std::string text;
  while (text.size() < 4'000'000) {
    text += once;
  }
  return text;
}

void encode(benchmark::State& state, const char* file) {
  auto tokenizer = Tokenizer::load(KVFOOT_SOURCE_DIR + std::string("/tests/oracle/") + file);
  KVFOOT_CHECK(tokenizer.ok());
  const std::string text = prose();
  for (auto _ : state) {
    benchmark::DoNotOptimize(tokenizer->encode(text));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}
BENCHMARK_CAPTURE(encode, merges, "tokenizer_merges.json")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, ignore_merges, "tokenizer_ignore.json")->Unit(benchmark::kMillisecond);

void fill(benchmark::State& state) {
  const TensorSpec spec{"w", WeightType::kBF16, {2048, 2048}};
  std::vector<std::byte> out(2048 * 2048 * 2);
  for (auto _ : state) {
    fill_random(model::random_elements(spec, {.seed = 1}), spec.type, 0, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(2048 * 2048 * state.iterations());
}
BENCHMARK(fill)->Unit(benchmark::kMillisecond);

void widen(benchmark::State& state, WeightType type) {
  const std::vector<std::byte> weights(1 << 20);
  std::vector<float> out((1 << 20) / weight_bytes(type));
  for (auto _ : state) {
    load_weights(weights.data(), type, 0, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(weights.size()) * state.iterations());
}
BENCHMARK_CAPTURE(widen, bf16, WeightType::kBF16);
BENCHMARK_CAPTURE(widen, f16, WeightType::kF16);

}  // namespace
}  // namespace kvfoot

BENCHMARK_MAIN();
