// Encoded attention of a `blocks` trace that a source goes over per second, beside the read
// bandwidth of the same machine in the same program (docs/benchmarks.md): one layer of the heads of
// an 8B shape over 32768 tokens in chunks of 8192.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/cache/driver.hpp"
#include "sim/core/hash.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/trace/reader.hpp"
#include "sim/trace/source.hpp"
#include "sim/trace/writer.hpp"
#include "tests/bench/shared.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kPrompt = 32768;
constexpr std::int64_t kChunk = 8192;
constexpr std::int64_t kOutput = 16;

ModelShape one_layer() {
  ModelShape shape;
  shape.name = "bench";
  shape.layers = 1;
  shape.q_heads = 8;
  shape.kv_heads = 2;
  shape.head_dim = 128;
  shape.hidden = 1024;
  shape.ffn = 2048;
  shape.vocab = 256;
  return shape;
}

RunLengths lengths() { return {.prompt = kPrompt, .output = kOutput, .chunk = kChunk}; }

Status write_trace(const std::string& path) {
  TraceHeader header;
  header.shape = one_layer();
  header.run = lengths();
  header.fidelity = TraceFidelity::kBlocks;
  TraceWriteOptions options;
  options.coding.key_block = 128;
  KVFOOT_ASSIGN(const std::unique_ptr<TraceWriter> writer,
                TraceWriter::create(path, header, options));
  for (std::int64_t i = 0; i < header.run.passes(); ++i) {
    const Pass pass = pass_at(header.run, i, 0);
    std::vector<std::int32_t> tokens(static_cast<std::size_t>(pass.rows()), 1);
    std::vector<TokenPos> positions;
    for (std::int64_t row = pass.begin; row < pass.end; ++row) {
      positions.push_back(static_cast<TokenPos>(row));
    }
    KVFOOT_TRY(writer->begin_pass({pass, false}, tokens, positions));
    const std::vector<float> zeros(tokens.size(), 0.0F);
    for (std::int32_t q = 0; q < header.shape.q_heads; ++q) {
      // Heavy-tailed masses; all rows share them (a stride of 0), only their lengths differ.
      std::vector<float> mass(static_cast<std::size_t>(pass.end));
      for (std::size_t j = 0; j < mass.size(); ++j) {
        mass[j] = static_cast<float>(std::exp(8.0 * unit_interval(hash_words(q, j))) * 1e-7);
      }
      writer->on_tile({0, q, 0, static_cast<std::int32_t>(pass.rows()), pass.begin, mass.data(), 0,
                       zeros.data()});
    }
    for (std::int32_t head = 0; head < header.shape.kv_heads; ++head) {
      writer->key_norms(0, head, zeros);
    }
    KVFOOT_TRY(writer->end_layer(0));
    KVFOOT_TRY(writer->end_pass({}, 0));
  }
  return writer->finish(header.run, {});
}

[[noreturn]] void stop(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message().c_str());
  std::exit(3);
}

std::shared_ptr<const TraceReader> trace() {
  static const std::shared_ptr<const TraceReader> opened = [] {
    const auto path = std::filesystem::temp_directory_path() / "kvfoot_bench_scan.h5";
    if (const Status written = write_trace(path.string()); !written) {
      stop(written.error());
    }
    auto reader = TraceReader::open(path.string());
    if (!reader) {
      stop(reader.error());
    }
    std::filesystem::remove(path);  // the mapping stays
    if (const Status sound = (*reader)->verify(); !sound) {
      stop(sound.error());
    }
    return *reader;
  }();
  return opened;
}

// Schedules side by side over one read of the trace; encoded bytes that answers went over.
std::int64_t replay(const std::vector<std::string>& specs, std::int64_t output, bool retained) {
  const ModelShape shape = one_layer();
  RunLengths run = lengths();
  run.output = output;
  const auto scores = std::make_shared<TraceScores>(trace());
  struct Lane {
    std::unique_ptr<const Policy> policy;
    std::unique_ptr<TraceAttention> source;
    std::unique_ptr<PolicyDriver> driver;
    std::vector<std::span<const TokenPos>> resident;
  };
  std::vector<Lane> lanes(specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    Lane& lane = lanes[i];
    PolicyContext context;
    context.shape = shape;
    context.run = run;
    lane.policy = make_policy(parse_policy(specs[i]).value(), context).value();
    TraceRequest request;
    request.policy = specs[i];
    request.run = run;
    request.storage = lane.policy->storage();
    request.needs = lane.policy->needs();
    request.retained_mass = retained;
    lane.source = TraceAttention::create(scores, request).value();
    lane.driver = std::make_unique<PolicyDriver>(*lane.policy, shape, run, nullptr);
  }
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    const Pass pass = pass_at(run, i, 0);
    std::vector<TraceAttention::LayerOf> together;
    for (Lane& lane : lanes) {
      lane.driver->begin_pass(pass);
      lane.driver->append(0);
      lane.resident.clear();
      for (std::int32_t head = 0; head < lane.driver->heads(); ++head) {
        lane.resident.push_back(lane.driver->residency().resident(0, head));
      }
      together.push_back({lane.source.get(), pass, lane.resident});
    }
    if (const Status begun = TraceAttention::begin_layers(together, 0); !begun) {
      stop(begun.error());
    }
    for (Lane& lane : lanes) {
      if (auto kept = lane.driver->decide(0, lane.source.get()); !kept) {
        stop(kept.error());
      }
      lane.driver->end_pass();
    }
  }
  std::int64_t bytes = 0;
  for (const Lane& lane : lanes) {
    bytes += lane.source->bytes_touched();
  }
  return bytes;
}

void read_bandwidth(benchmark::State& state) {
  bench::read_bandwidth(state, std::size_t{256} << 20);  // MiB
}

void schedules(benchmark::State& state, const std::vector<std::string>& specs, std::int64_t output,
               bool retained) {
  static_cast<void>(trace());
  std::int64_t bytes = 0;
  for (auto _ : state) {
    bytes += replay(specs, output, retained);
  }
  state.SetBytesProcessed(bytes);
}

// The same schedules, one replay after the other.
void separately(benchmark::State& state, const std::vector<std::string>& specs,
                std::int64_t output) {
  static_cast<void>(trace());
  std::int64_t bytes = 0;
  for (auto _ : state) {
    for (const std::string& spec : specs) {
      bytes += replay({spec}, output, false);
    }
  }
  state.SetBytesProcessed(bytes);
}

// The answers alone, without a policy that selects by them.
void votes(benchmark::State& state) {
  static_cast<void>(trace());
  const ModelShape shape = one_layer();
  const RunLengths run = lengths();
  std::vector<TokenPos> list;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const auto scores = std::make_shared<TraceScores>(trace());
    TraceRequest request;
    request.policy = "any";
    request.run = run;
    const auto source = TraceAttention::create(scores, request).value();
    list.clear();
    for (std::int64_t i = 0; i < run.prefill_passes(); ++i) {
      const Pass pass = pass_at(run, i, 0);
      for (std::int64_t p = pass.begin; p < pass.end; ++p) {
        list.push_back(static_cast<TokenPos>(p));
      }
      const std::vector<std::span<const TokenPos>> resident(2, list);
      if (!source->begin_layer(pass, 0, resident)) {
        state.SkipWithError("begin_layer");
      }
      AttentionQuery query;
      query.window = 64;
      query.kernel = 5;
      query.pool = AttentionQuery::Pool::kAverage;
      for (std::int32_t head = 0; head < shape.kv_heads; ++head) {
        benchmark::DoNotOptimize(source->answer(query, head).value().data());
      }
    }
    bytes += source->bytes_touched();
  }
  state.SetBytesProcessed(bytes);
}

std::vector<std::string> budgets(const std::string& head, std::int64_t count, std::int64_t first,
                                 std::int64_t step) {
  std::vector<std::string> specs;
  for (std::int64_t i = 0; i < count; ++i) {
    specs.push_back(head + std::to_string(first + i * step));
  }
  return specs;
}

const char* const kVote = "snapkv:window=64,sparsity=0.";
const char* const kSum = "h2o:recent=1024,heavy=";

BENCHMARK(read_bandwidth)->Unit(benchmark::kMillisecond);
BENCHMARK(votes)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedules, snapkv, budgets(kVote, 1, 70, 0), 0, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedules, snapkv_16, budgets(kVote, 16, 15, 5), 0, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedules, h2o, budgets(kSum, 1, 1024, 0), 0, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedules, h2o_with_decode, budgets(kSum, 1, 1024, 0), kOutput, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedules, h2o_16, budgets(kSum, 16, 256, 128), 0, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(separately, h2o_16, budgets(kSum, 16, 256, 128), 0)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedules, streaming_retained_mass,
                  std::vector<std::string>{"streaming:sinks=128,window=1024"}, 0, true)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kvfoot

int main(int argc, char** argv) { return kvfoot::bench::run(argc, argv); }
