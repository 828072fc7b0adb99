// Scenarios in closed form per second, on one thread, by the way that `kvfoot sweep` takes
// (docs/benchmarks.md): read and cross the scenario file, replay every point, write the journal and
// the table as CSV, remove the journal.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "sim/io/file.hpp"
#include "sim/run/sweep.hpp"
#include "sim/run/sweep_replay.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/bench/shared.hpp"

namespace kvfoot {
namespace {

// 2 x 5 x 5 lengths and chunks; policies cross to 81 and 36 points each.
constexpr const char* kLengths =
    "kvfoot: 1\n"
    "title: closed forms\n"
    "workload: {shape: llama-3.1-8b, prompt: [32768, 131072], output: [16, 128, 512, 2048, 8192]}\n"
    "chunk: [2048, 4096, 8192, 16384, 32768]\n"
    "policy:\n";
constexpr const char* kDuo =
    "  - duo: {sparsity: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], sinks: [16, 64, 128],"
    " window: [256, 512, 1024]}\n";
constexpr const char* kSnapKv =
    "  - snapkv: {sparsity: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], window: [32, 64],"
    " evict: [chunk, end]}\n";
constexpr const char* kPyramidKv =
    "  - pyramidkv: {sparsity: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], window: [32, 64],"
    " evict: [chunk, end]}\n";

Result<std::int64_t> sweep_once(const std::filesystem::path& folder) {
  KVFOOT_ASSIGN(const Scenario scenario, load_scenario(folder / "bench.yaml"));
  KVFOOT_ASSIGN(const ReplaySweep replays, replay_sweep(scenario, nullptr));
  SweepOptions options;
  options.jobs = 1;
  options.journal_folder = folder;
  options.inputs_hash = replays.inputs_hash;
  KVFOOT_ASSIGN(const SweepOutcome outcome, run_sweep(scenario, replays.runner, options));
  KVFOOT_TRY(write_sweep(scenario, outcome.result));
  remove_journals(outcome);
  return static_cast<std::int64_t>(outcome.result.results.size());
}

void sweep(benchmark::State& state, const char* policy) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("kvfoot_bench_sweep_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string text =
      std::string(kLengths) + policy + "report:\n  csv: " + (folder / "bench.csv").string() + "\n";
  if (const Status written = write_file(folder / "bench.yaml", text); !written) {
    state.SkipWithError(written.error().message().c_str());
    return;
  }
  std::int64_t points = 0;
  for (auto _ : state) {
    const auto done = sweep_once(folder);
    if (!done) {
      state.SkipWithError(done.error().message().c_str());
      break;
    }
    points += *done;
  }
  state.SetItemsProcessed(points);
  std::filesystem::remove_all(folder);
}

// Threads of the sweep do the work, so processor time is that of the process.
BENCHMARK_CAPTURE(sweep, duo, kDuo)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(sweep, snapkv, kSnapKv)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(sweep, pyramidkv, kPyramidKv)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace kvfoot

int main(int argc, char** argv) { return kvfoot::bench::run(argc, argv); }
