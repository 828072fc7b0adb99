// Decisions of every policy over an 8B shape with a 131072-token prompt, answers given for free.
// CPU time per decision of one stream; items are the entries that were looked at.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "sim/cache/driver.hpp"
#include "sim/core/hash.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/policy/select.hpp"

namespace {

using namespace kvfoot;  // NOLINT: a program of its own

constexpr std::int64_t kPrompt = 131072;
constexpr std::int64_t kChunk = 32768;
constexpr std::int64_t kDecodePasses = 64;

std::vector<float> made_up_scores(std::int64_t size) {
  std::vector<float> scores;
  for (std::int64_t i = 0; i < size; ++i) {
    scores.push_back(static_cast<float>(unit_interval(mix64(static_cast<std::uint64_t>(i)))));
  }
  return scores;
}

// Answers every question with the same numbers, cut to the length that the question has.
class FreeAnswers final : public AttentionSource {
 public:
  FreeAnswers() : scores_(made_up_scores(kPrompt + kDecodePasses + 65536)) {}
  void look_at(const PolicyDriver& driver, std::int32_t layer) {
    sizes_.clear();
    for (std::int32_t head = 0; head < driver.heads(); ++head) {
      sizes_.push_back(driver.residency().size(layer, head));
    }
    rows_ = driver.pass().pass.forward_rows();
  }
  [[nodiscard]] Result<std::span<const float>> answer(const AttentionQuery& query,
                                                      std::int32_t head) override {
    std::int64_t size = sizes_[static_cast<std::size_t>(head)];
    if (query.kind == AttentionQuery::Kind::kWindowMass) {
      size = query.scope == AttentionQuery::Scope::kPass ? rows_ : size;
      size -= query.window;
    }
    return std::span<const float>(scores_).first(static_cast<std::size_t>(size));
  }
  void retain(std::int32_t, std::span<const std::int32_t>) override {}

 private:
  std::vector<float> scores_;
  std::vector<std::int64_t> sizes_;
  std::int64_t rows_ = 0;
};

const ModelShape kShape{.name = "8B shape",
                        .layers = 32,
                        .q_heads = 32,
                        .kv_heads = 8,
                        .head_dim = 128,
                        .hidden = 4096,
                        .ffn = 14336,
                        .vocab = 128256};

void one_pass(PolicyDriver& driver, FreeAnswers& answers, const Pass& pass) {
  driver.begin_pass(pass);
  for (std::int32_t layer = 0; layer < kShape.layers; ++layer) {
    driver.append(layer);
    answers.look_at(driver, layer);
    KVFOOT_CHECK(driver.decide(layer, &answers).ok());
  }
  driver.end_pass();
}

void decisions(benchmark::State& state, const std::string& spec, Phase phase) {
  const RunLengths run{.prompt = kPrompt, .output = kDecodePasses, .chunk = kChunk};
  const auto policy =
      make_policy(parse_policy(spec).value(), {.shape = kShape, .run = run}).value();
  FreeAnswers answers;
  std::int64_t streams = 0;
  for (auto _ : state) {
    state.PauseTiming();
    PolicyDriver driver(*policy, kShape, run, nullptr);
    for (std::int64_t i = 0; i < run.passes(); ++i) {
      const Pass pass = pass_at(run, i, policy->patch_window());
      if (pass.phase == phase) {
        state.ResumeTiming();
        streams += std::int64_t{kShape.layers} * driver.heads();
      }
      one_pass(driver, answers, pass);
      if (pass.phase == phase) {
        state.PauseTiming();
      }
    }
    state.ResumeTiming();
  }
  state.counters["per_decision"] = benchmark::Counter(
      static_cast<double>(streams), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void selection(benchmark::State& state) {
  const std::vector<float> scores = made_up_scores(state.range(0));
  std::vector<std::int32_t> kept;
  for (auto _ : state) {
    kept.clear();
    append_top(scores, state.range(1), 0, kept);
    benchmark::DoNotOptimize(kept.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) * 4);
}
BENCHMARK(selection)->Args({131072, 39321})->Args({32768, 9830})->Args({2049, 2048});

}  // namespace

int main(int argc, char** argv) {
  for (const PolicyDescriptor* policy : builtin_policies()) {
    const std::string spec = policy->example(kPrompt);
    benchmark::RegisterBenchmark(("prefill/" + spec).c_str(), decisions, spec, Phase::kPrefill)
        ->Unit(benchmark::kMillisecond);
  }
  // Caches of the published sizes: what each decode pass costs once they are full.
  for (const char* spec : {"streaming", "h2o", "tova"}) {
    benchmark::RegisterBenchmark((std::string("decode/") + spec).c_str(), decisions, spec,
                                 Phase::kDecode)
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
