// Scenarios without a trace: 131072 prompt and 8192 output tokens at chunk 32768, every stream of
// an 8B shape. The promise is under 20 microseconds for `duo` (docs/benchmarks.md).
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>

#include "sim/engine/counts.hpp"
#include "sim/engine/paper.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot {
namespace {

RunLengths paper_run() {
  RunLengths run;
  run.prompt = 131072;
  run.output = 8192;
  run.chunk = 32768;
  return run;
}

std::unique_ptr<const Policy> policy_of(const char* text) {
  PolicyContext context;
  context.shape = *builtin_shape("llama-3.1-8b");
  context.run = paper_run();
  return make_policy(*parse_policy(text), context).value();
}

void exact(benchmark::State& state, const char* text, bool pass_by_pass) {
  const ModelShape shape = *builtin_shape("llama-3.1-8b");
  const auto policy = policy_of(text);
  CountOptions options;
  options.pass_by_pass = pass_by_pass;
  for (auto _ : state) {
    auto outcome = replay_counts(*policy, shape, paper_run(), options);
    benchmark::DoNotOptimize(outcome->metrics.footprint);
  }
}

void timeline(benchmark::State& state, const char* text) {
  const ModelShape shape = *builtin_shape("llama-3.1-8b");
  const auto policy = policy_of(text);
  CountOptions options;
  options.profile = true;
  for (auto _ : state) {
    auto outcome = replay_counts(*policy, shape, paper_run(), options);
    benchmark::DoNotOptimize(outcome->profile->timeline());
  }
}

void paper(benchmark::State& state, const char* text) {
  const auto form = policy_of(text)->paper_form();
  for (auto _ : state) {
    benchmark::DoNotOptimize(paper_numbers(*form, paper_run()));
  }
}

constexpr const char* kDuo = "duo:sparsity=0.7,sinks=128,window=1024";
constexpr const char* kSnapKv = "snapkv:sparsity=0.7,window=64";
constexpr const char* kPyramidKv = "pyramidkv:sparsity=0.7,window=64";

BENCHMARK_CAPTURE(exact, duo, kDuo, false);
BENCHMARK_CAPTURE(exact, snapkv, kSnapKv, false);
BENCHMARK_CAPTURE(exact, pyramidkv, kPyramidKv, false);
BENCHMARK_CAPTURE(exact, duo_pass_by_pass, kDuo, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(timeline, duo, kDuo);
BENCHMARK_CAPTURE(paper, duo, kDuo);

}  // namespace
}  // namespace kvfoot

BENCHMARK_MAIN();
