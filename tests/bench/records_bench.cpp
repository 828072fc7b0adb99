// Records replayed per second (docs/benchmarks.md). A record is what happens to one entry of one
// stream (layer and KV head): it is inserted, accessed by a row, or evicted. A row accesses every
// key before it: in a trace with a full cache every row-key pair was recorded, and one whose entry
// the schedule has evicted is a miss, whose mass is counted as lost. So a replay of N rows goes
// through N inserts, N (N + 1) / 2 accesses and its evictions per stream, and for each access it
// decodes one probability per query head of the group.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sim/core/hash.hpp"
#include "sim/engine/counts.hpp"
#include "sim/engine/replay.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/trace/writer.hpp"
#include "tests/bench/shared.hpp"

namespace kvfoot {
namespace {

ModelShape bench_shape() {
  return {.name = "bench",
          .layers = 2,
          .q_heads = 8,
          .kv_heads = 2,
          .head_dim = 128,
          .hidden = 1024,
          .ffn = 2048,
          .vocab = 512};
}

// Half of the rows come in chunks, half are decoded one by one.
RunLengths bench_run() { return {.prompt = 2048, .output = 2048, .chunk = 512}; }

// Heavy-tailed weights per key, the same for every row of a head but for the sum that they are
// divided by.
void record_head(TraceWriter& writer, const Pass& pass, std::int32_t layer, std::int32_t q) {
  const auto keys = static_cast<std::size_t>(pass.end);
  std::vector<float> weight(keys);
  double total = 0;
  for (std::size_t k = 0; k < keys; ++k) {
    const double u = unit_interval(hash_words(layer, q, k)) + 1e-4;
    weight[k] = static_cast<float>(1e-3 / (u * u * u));
    total += k < static_cast<std::size_t>(pass.begin) ? static_cast<double>(weight[k]) : 0.0;
  }
  std::vector<float> row(keys);
  const float unknown = 0;
  for (std::int64_t r = pass.begin; r < pass.end; ++r) {
    total += static_cast<double>(weight[static_cast<std::size_t>(r)]);
    const auto scale = static_cast<float>(1.0 / total);
    for (std::size_t k = 0; k <= static_cast<std::size_t>(r); ++k) {
      row[k] = weight[k] * scale;
    }
    writer.on_tile({layer, q, static_cast<std::int32_t>(r - pass.begin), 1, pass.begin, row.data(),
                    0, &unknown});
  }
}

Status write_bench_trace(const std::string& path) {
  TraceHeader header;
  header.shape = bench_shape();
  header.run = bench_run();
  header.fidelity = TraceFidelity::kRows;
  KVFOOT_ASSIGN(const auto writer, TraceWriter::create(path, header, {}));
  for (std::int64_t i = 0; i < header.run.passes(); ++i) {
    const Pass pass = pass_at(header.run, i, 0);
    const std::vector<std::int32_t> tokens(static_cast<std::size_t>(pass.rows()), 1);
    std::vector<TokenPos> positions;
    for (std::int64_t row = pass.begin; row < pass.end; ++row) {
      positions.push_back(static_cast<TokenPos>(row));
    }
    KVFOOT_TRY(writer->begin_pass({pass, false}, tokens, positions));
    const std::vector<float> norms(tokens.size(), 1.0F);
    for (std::int32_t layer = 0; layer < header.shape.layers; ++layer) {
      for (std::int32_t q = 0; q < header.shape.q_heads; ++q) {
        record_head(*writer, pass, layer, q);
      }
      for (std::int32_t head = 0; head < header.shape.kv_heads; ++head) {
        writer->key_norms(layer, head, norms);
      }
      KVFOOT_TRY(writer->end_layer(layer));
    }
    KVFOOT_TRY(writer->end_pass({}, 0));
  }
  return writer->finish(header.run, {});
}

const std::shared_ptr<const TraceReader>& bench_trace() {
  static const std::shared_ptr<const TraceReader> trace = [] {
    const auto path = std::filesystem::temp_directory_path() / "kvfoot_bench_records.h5";
    const Status written = write_bench_trace(path.string());
    auto opened = written ? TraceReader::open(path.string())
                          : Result<std::shared_ptr<const TraceReader>>(written.error());
    if (!opened || !(*opened)->verify()) {
      std::fprintf(stderr, "the benchmark's trace cannot be made\n");
      std::exit(3);
    }
    std::filesystem::remove(path);  // the mapping stays
    return *std::move(opened);
  }();
  return trace;
}

std::unique_ptr<const Policy> policy_of(const std::string& spec) {
  return make_policy(*parse_policy(spec), {.shape = bench_shape(), .run = bench_run()}).value();
}

std::int64_t streams() { return std::int64_t{bench_shape().layers} * bench_shape().kv_heads; }

// What N rows bring to all streams, evictions aside (at most N each).
std::int64_t accesses() { return streams() * triangle(bench_run().rows()); }
std::int64_t records() { return accesses() + streams() * bench_run().rows(); }

// Every thread replays for itself, as the threads of a sweep do.
void replayed(benchmark::State& state, const char* spec, bool retained_mass) {
  static_cast<void>(bench_trace());
  const auto policy = policy_of(spec);
  TraceSchedule schedule;
  schedule.policy = policy.get();
  schedule.spec = spec;
  schedule.run = bench_run();
  schedule.retained_mass = retained_mass;
  std::int64_t bytes = 0;
  std::int64_t hits = 0;
  for (auto _ : state) {
    const auto outcomes = replay_trace(bench_trace(), std::span(&schedule, 1));
    bytes += outcomes->front()->bytes_touched;
    hits += outcomes->front()->schedule.metrics.entry_rows.value();
  }
  state.SetItemsProcessed(state.iterations() * records());
  state.SetBytesProcessed(bytes);  // of codes
  state.counters["hits"] =
      benchmark::Counter(static_cast<double>(hits), benchmark::Counter::kIsRate);
}

// The same counts without an access of their own: what a scenario without a trace costs.
void closed_form(benchmark::State& state, const char* spec) {
  const auto policy = policy_of(spec);
  for (auto _ : state) {
    benchmark::DoNotOptimize(replay_counts(*policy, bench_shape(), bench_run(), {}));
  }
  state.SetItemsProcessed(state.iterations() * records());
}

void read_bandwidth(benchmark::State& state) {
  bench::read_bandwidth(state, std::size_t{128} << 20);  // MiB per thread
}

constexpr const char* kStreaming = "streaming:sinks=16,window=1008";
constexpr const char* kH2o = "h2o:heavy=512,recent=512";
constexpr const char* kTova = "tova:budget=1024";

void on_threads(benchmark::internal::Benchmark* bench) {
  const auto all = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bench->Unit(benchmark::kMillisecond)->UseRealTime()->Threads(1);
  if (all > 1) {
    bench->Threads(all);
  }
}

BENCHMARK(read_bandwidth)->Apply(on_threads);
BENCHMARK_CAPTURE(replayed, streaming, kStreaming, true)->Apply(on_threads);
BENCHMARK_CAPTURE(replayed, streaming_without_mass, kStreaming, false)->Apply(on_threads);
BENCHMARK_CAPTURE(replayed, h2o, kH2o, true)->Apply(on_threads);
BENCHMARK_CAPTURE(replayed, h2o_without_mass, kH2o, false)->Apply(on_threads);
BENCHMARK_CAPTURE(replayed, tova, kTova, true)->Apply(on_threads);
BENCHMARK_CAPTURE(closed_form, streaming, kStreaming);

}  // namespace
}  // namespace kvfoot

int main(int argc, char** argv) { return kvfoot::bench::run(argc, argv); }
