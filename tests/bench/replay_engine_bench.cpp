// Replaying a `blocks` trace: bytes of encoded attention that answers go over per second, against
// this machine's read bandwidth, and what 16 schedules over one trace cost (docs/benchmarks.md).
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/core/hash.hpp"
#include "sim/engine/replay.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/trace/writer.hpp"
#include "tests/bench/shared.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kPrompt = 8192;
constexpr std::int64_t kChunk = 2048;

ModelShape bench_shape() {
  return {.name = "bench",
          .layers = 4,
          .q_heads = 8,
          .kv_heads = 4,
          .head_dim = 32,
          .hidden = 256,
          .ffn = 512,
          .vocab = 512};
}

RunLengths bench_run(std::int64_t chunk) {
  RunLengths run;
  run.prompt = kPrompt;
  run.output = 64;
  run.chunk = chunk;
  return run;
}

// Heavy-tailed weights per key, the same for every row of a head: cheap to make, and as uneven as
// real attention.
void record_head(TraceWriter& writer, const Pass& pass, std::int32_t layer, std::int32_t q) {
  const auto keys = static_cast<std::size_t>(pass.end);
  std::vector<float> weight(keys);
  std::vector<double> total(keys);
  double sum = 0;
  for (std::size_t k = 0; k < keys; ++k) {
    const double u = unit_interval(hash_words(layer, q, k)) + 1e-4;
    weight[k] = static_cast<float>(std::exp(-3.0 * std::log(u)) * 1e-3);
    sum += static_cast<double>(weight[k]);
    total[k] = sum;
  }
  constexpr std::int64_t kTile = 64;
  std::vector<float> rows(static_cast<std::size_t>(kTile) * keys);
  std::vector<float> log_sum_exp(static_cast<std::size_t>(kTile));
  for (std::int64_t first = pass.begin; first < pass.end; first += kTile) {
    const std::int64_t last = std::min(pass.end, first + kTile);
    for (std::int64_t row = first; row < last; ++row) {
      const double whole = total[static_cast<std::size_t>(row)];
      const auto scale = static_cast<float>(1.0 / whole);
      float* out = rows.data() + static_cast<std::size_t>(row - first) * keys;
      for (std::int64_t k = 0; k <= row; ++k) {
        out[k] = weight[static_cast<std::size_t>(k)] * scale;
      }
      log_sum_exp[static_cast<std::size_t>(row - first)] = static_cast<float>(std::log(whole));
    }
    AttentionTile tile;
    tile.layer = layer;
    tile.q_head = q;
    tile.first_row = static_cast<std::int32_t>(first - pass.begin);
    tile.rows = static_cast<std::int32_t>(last - first);
    tile.past = pass.begin;
    tile.probability = rows.data();
    tile.stride = static_cast<std::int64_t>(keys);
    tile.log_sum_exp = log_sum_exp.data();
    writer.on_tile(tile);
  }
}

Status write_bench_trace(const std::string& path) {
  TraceHeader header;
  header.shape = bench_shape();
  header.run = bench_run(kChunk);
  header.fidelity = TraceFidelity::kBlocks;
  header.device = "cpu";
  KVFOOT_ASSIGN(auto writer, TraceWriter::create(path, header, {}));
  for (std::int64_t i = 0; i < header.run.passes(); ++i) {
    const Pass pass = pass_at(header.run, i, 0);
    std::vector<std::int32_t> tokens;
    std::vector<TokenPos> positions;
    for (std::int64_t row = pass.begin; row < pass.end; ++row) {
      tokens.push_back(static_cast<std::int32_t>(row % 512));
      positions.push_back(static_cast<TokenPos>(row));
    }
    KVFOOT_TRY(writer->begin_pass({pass, false}, tokens, positions));
    for (std::int32_t layer = 0; layer < header.shape.layers; ++layer) {
      for (std::int32_t q = 0; q < header.shape.q_heads; ++q) {
        record_head(*writer, pass, layer, q);
      }
      const std::vector<float> norms(tokens.size(), 1.0F);
      for (std::int32_t head = 0; head < header.shape.kv_heads; ++head) {
        writer->key_norms(layer, head, norms);
      }
      KVFOOT_TRY(writer->end_layer(layer));
    }
    KVFOOT_TRY(writer->end_pass({}, 0));
  }
  return writer->finish(header.run, {});
}

// Written once per machine and build folder.
const std::shared_ptr<const TraceReader>& bench_trace() {
  static const std::shared_ptr<const TraceReader> trace = [] {
    const auto path = std::filesystem::temp_directory_path() / "kvfoot_bench_blocks.h5";
    std::filesystem::remove(path);
    if (const Status written = write_bench_trace(path.string()); !written.ok()) {
      std::fprintf(stderr, "%s\n", written.error().message().c_str());
      std::exit(3);
    }
    auto opened = TraceReader::open(path.string());
    if (!opened.ok() || !(*opened)->verify().ok()) {
      std::fprintf(stderr, "the benchmark's trace cannot be read\n");
      std::exit(3);
    }
    std::fprintf(stderr, "trace of %lld bytes\n", static_cast<long long>((*opened)->file_bytes()));
    return *std::move(opened);
  }();
  return trace;
}

struct Owned {
  std::unique_ptr<const Policy> policy;
  TraceSchedule schedule;
};

Owned schedule_of(const std::string& spec, std::int64_t chunk, bool retained_mass) {
  Owned owned;
  PolicyContext context;
  context.shape = bench_shape();
  context.run = bench_run(chunk);
  owned.policy = make_policy(*parse_policy(spec), context).value();
  owned.schedule.policy = owned.policy.get();
  owned.schedule.spec = to_string(*parse_policy(spec));
  owned.schedule.run = context.run;
  owned.schedule.retained_mass = retained_mass;
  return owned;
}

void run_schedules(benchmark::State& state, const std::vector<Owned>& owned) {
  std::vector<TraceSchedule> schedules;
  for (const Owned& one : owned) {
    schedules.push_back(one.schedule);
  }
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const auto outcomes = replay_trace(bench_trace(), schedules);
    for (const auto& outcome : *outcomes) {
      if (!outcome.ok()) {
        state.SkipWithError(outcome.error().message().c_str());
        return;
      }
      bytes += outcome->bytes_touched;
    }
  }
  state.SetBytesProcessed(bytes);
}

void one(benchmark::State& state, const char* spec, bool retained_mass) {
  (void)bench_trace();
  run_schedules(state, [&] {
    std::vector<Owned> owned;
    owned.push_back(schedule_of(spec, kChunk, retained_mass));
    return owned;
  }());
}

// Budgets differ, scores do not: same chunk, same window.
void sharing(benchmark::State& state) {
  (void)bench_trace();
  std::vector<Owned> owned;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    owned.push_back(schedule_of("snapkv:window=64,sparsity=0." + std::to_string(10 + 5 * i), kChunk,
                                state.range(1) != 0));
  }
  run_schedules(state, owned);
}

// Accumulated mass depends on what each schedule evicted before, so nothing but the decoded trace
// can be shared.
std::vector<Owned> unlike_schedules(std::int64_t count) {
  std::vector<Owned> owned;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string heavy = std::to_string(256 + 128 * i);
    owned.push_back(schedule_of("h2o:recent=256,heavy=" + heavy, kChunk, false));
  }
  return owned;
}

void not_sharing(benchmark::State& state) {
  (void)bench_trace();
  run_schedules(state, unlike_schedules(state.range(0)));
}

// The same, one replay after the other.
void not_sharing_separately(benchmark::State& state) {
  (void)bench_trace();
  const std::vector<Owned> owned = unlike_schedules(state.range(0));
  for (auto _ : state) {
    for (const Owned& one_schedule : owned) {
      benchmark::DoNotOptimize(replay_trace(bench_trace(), std::span(&one_schedule.schedule, 1)));
    }
  }
}

void read_bandwidth(benchmark::State& state) {
  bench::read_bandwidth(state, std::size_t{256} << 20);  // MiB
}

BENCHMARK(read_bandwidth)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one, snapkv, "snapkv:sparsity=0.7,window=64", false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one, pyramidkv, "pyramidkv:sparsity=0.7,window=64", false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one, h2o, "h2o:heavy=1024,recent=1024", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one, tova, "tova:budget=2048", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one, streaming_with_mass, "streaming", true)->Unit(benchmark::kMillisecond);
// (schedules, retained mass)
BENCHMARK(sharing)->ArgsProduct({{1, 16}, {0, 1}})->Unit(benchmark::kMillisecond);
BENCHMARK(not_sharing)->Arg(1)->Arg(16)->Unit(benchmark::kMillisecond);
BENCHMARK(not_sharing_separately)->Arg(16)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kvfoot

int main(int argc, char** argv) { return kvfoot::bench::run(argc, argv); }
