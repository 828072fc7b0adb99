// The CPU backend on a seeded random model of the 1B shape: prefill beside Eigen's own matrix
// product on the same shapes, decode beside plain reading of the same weights. Both sides of a
// ratio are timed in turn within each iteration, so that a busy machine slows both.
//
//   bench_cpu [--benchmark_filter=...]     KVFOOT_BENCH_THREADS=1 KVFOOT_BENCH_LAYERS=16
//   KVFOOT_BENCH_CLOCK=cpu counts the calling thread's processor time instead of the wall's: with
//   one thread, that is what the program would need if it had the core to itself.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <string_view>
#include <thread>
#include <vector>

#include "executor/cpu/cpu_backend.hpp"
#include "executor/cpu/thread_pool.hpp"
#include "executor/model/make_model.hpp"

void eigen_gemm_v3(const float* x, const float* w, float* y, long m, long n, long k, int threads);
void eigen_gemm_v4(const float* x, const float* w, float* y, long m, long n, long k, int threads);

namespace kvfoot {
namespace {

double now() {
  static const char* text = std::getenv("KVFOOT_BENCH_CLOCK");
  static const bool cpu = text != nullptr && std::string_view(text) == "cpu";
  timespec time{};
  clock_gettime(cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double seconds_since(double begin) { return now() - begin; }

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

int threads() {
  static const int count =
      setting("KVFOOT_BENCH_THREADS", static_cast<int>(std::thread::hardware_concurrency()));
  return count;
}

LlamaConfig config_1b() {
  LlamaConfig config;
  config.hidden_size = 2048;
  config.intermediate_size = 8192;
  config.layers = setting("KVFOOT_BENCH_LAYERS", 16);
  config.heads = 32;
  config.kv_heads = 8;
  config.head_dim = 64;
  config.vocab_size = 128256;
  config.max_position_embeddings = 131072;
  config.rms_norm_eps = 1e-5;
  config.rope = {RopeType::kLlama3, 500000.0, 32.0, 1.0, 4.0, 8192};
  config.tie_word_embeddings = true;
  return config;
}

const LlamaWeights& weights() {
  static const LlamaWeights made = [] {
    RandomModelOptions options;
    options.type = WeightType::kBF16;
    options.threads = static_cast<int>(std::thread::hardware_concurrency());
    return std::move(make_random_llama(config_1b(), options)).value();
  }();
  return made;
}

Backend& backend() {
  static const std::unique_ptr<Backend> made =
      std::move(make_cpu_backend(weights(), "llama-3.2-1b", CpuOptions{threads()})).value();
  return *made;
}

void pass(std::int64_t rows, TokenPos first) {
  std::vector<std::int32_t> tokens(static_cast<std::size_t>(rows));
  std::vector<TokenPos> positions(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    tokens[i] = static_cast<std::int32_t>((i * 7919 + static_cast<std::size_t>(first)) % 128256);
  }
  std::iota(positions.begin(), positions.end(), first);
  KVFOOT_CHECK(backend().begin_pass(tokens, positions, 0).ok());
  for (std::int32_t layer = 0; layer < backend().shape().layers; ++layer) {
    KVFOOT_CHECK(backend().attend(layer).ok());
    KVFOOT_CHECK(backend().feed_forward(layer).ok());
  }
}

std::vector<const TensorView*> linear_layers() {
  std::vector<const TensorView*> out;
  for (const LayerWeights& layer : weights().layers) {
    for (const TensorView* w :
         {&layer.q, &layer.k, &layer.v, &layer.o, &layer.gate, &layer.up, &layer.down}) {
      out.push_back(w);
    }
  }
  return out;
}

// Seconds that Eigen takes for the matrix products of one pass, fp32.
double eigen_pass(std::int64_t rows) {
  static std::vector<float> x, w, y;
  x.resize(static_cast<std::size_t>(rows * 8192), 0.5F);
  y.resize(static_cast<std::size_t>(rows * 8192));
  w.resize(std::size_t{8192} * 2048, 0.25F);
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  const auto begin = now();
  for (const TensorView* view : linear_layers()) {
    (v4 ? eigen_gemm_v4 : eigen_gemm_v3)(x.data(), w.data(), y.data(), rows, view->rows(),
                                         view->cols(), threads());
  }
  benchmark::DoNotOptimize(y.data());
  return seconds_since(begin);
}

double linear_flops(std::int64_t rows) {
  double flops = 0;
  for (const TensorView* view : linear_layers()) {
    flops += 2.0 * static_cast<double>(rows) * static_cast<double>(view->elements());
  }
  return flops;
}

// One prefill pass from an empty cache, everything included; FLOPs are those of the linear layers.
void prefill(benchmark::State& state) {
  const std::int64_t rows = state.range(0);
  KVFOOT_CHECK(backend().reset({}).ok());
  pass(16, 0);
  eigen_pass(16);
  std::vector<double> share;
  double ours = 1e30;
  double eigen = 1e30;
  for (auto _ : state) {
    KVFOOT_CHECK(backend().reset({}).ok());
    const auto begin = now();
    pass(rows, 0);
    const double mine = seconds_since(begin);
    const double theirs = eigen_pass(rows);
    share.push_back(theirs / mine);
    ours = std::min(ours, mine);
    eigen = std::min(eigen, theirs);
    state.SetIterationTime(mine);
  }
  std::sort(share.begin(), share.end());
  state.counters["GFLOPs"] = linear_flops(rows) / ours * 1e-9;
  state.counters["Eigen_GFLOPs"] = linear_flops(rows) / eigen * 1e-9;
  state.counters["share_median"] = share[share.size() / 2];
  state.counters["threads"] = threads();
}
BENCHMARK(prefill)->Arg(128)->Arg(512)->Iterations(3)->UseManualTime()->Unit(
    benchmark::kMillisecond);

// Sums every byte that a decode pass reads of the weights, eight at a time.
double read_weights(cpu::ThreadPool& pool) {
  std::vector<const TensorView*> all = linear_layers();
  all.push_back(&weights().lm_head);
  constexpr std::size_t kSlice = std::size_t{1} << 18;
  std::vector<std::pair<const std::byte*, std::size_t>> slices;
  for (const TensorView* view : all) {
    for (std::size_t at = 0; at < view->bytes(); at += kSlice) {
      slices.emplace_back(view->data + at, std::min(kSlice, view->bytes() - at));
    }
  }
  std::vector<std::uint64_t> sums(slices.size());
  const auto begin = now();
  pool.parallel_for(static_cast<std::int64_t>(slices.size()), [&](std::int64_t i, int) {
    const auto& [data, bytes] = slices[static_cast<std::size_t>(i)];
    std::uint64_t sum[8] = {};
    for (std::size_t at = 0; at + 64 <= bytes; at += 64) {
      for (std::size_t lane = 0; lane < 8; ++lane) {
        std::uint64_t word = 0;
        std::memcpy(&word, data + at + 8 * lane, 8);
        sum[lane] += word;
      }
    }
    sums[static_cast<std::size_t>(i)] = std::accumulate(sum, sum + 8, std::uint64_t{0});
  });
  const double seconds = seconds_since(begin);
  benchmark::DoNotOptimize(sums.data());
  return seconds;
}

// One decode pass with logits, after `range` tokens of context.
void decode(benchmark::State& state) {
  static cpu::ThreadPool pool(threads());
  double weight_bytes = static_cast<double>(weights().lm_head.bytes());
  for (const TensorView* view : linear_layers()) {
    weight_bytes += static_cast<double>(view->bytes());
  }
  KVFOOT_CHECK(backend().reset({}).ok());
  pass(state.range(0), 0);
  auto position = static_cast<TokenPos>(state.range(0));
  pass(1, position++);
  read_weights(pool);
  std::vector<double> share;
  double ours = 1e30;
  double reading = 1e30;
  for (auto _ : state) {
    const auto begin = now();
    pass(1, position++);
    benchmark::DoNotOptimize(backend().logits(0).value().data());
    const double mine = seconds_since(begin);
    const double theirs = read_weights(pool);
    share.push_back(theirs / mine);
    ours = std::min(ours, mine);
    reading = std::min(reading, theirs);
    state.SetIterationTime(mine);
  }
  std::sort(share.begin(), share.end());
  const auto kv_bytes = static_cast<double>(backend().counters().kv_bytes);
  state.counters["GBps"] = (weight_bytes + kv_bytes) / ours * 1e-9;
  state.counters["read_GBps"] = weight_bytes / reading * 1e-9;
  state.counters["share_median"] = share[share.size() / 2];
  state.counters["tokens_per_s"] = 1.0 / ours;
  state.counters["threads"] = threads();
}
BENCHMARK(decode)->Arg(64)->Arg(1024)->Iterations(12)->UseManualTime()->Unit(
    benchmark::kMillisecond);

}  // namespace
}  // namespace kvfoot

BENCHMARK_MAIN();
