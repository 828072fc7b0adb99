// The wall clock: decoding 100,000 tokens of an 8B shape in arithmetic and through the event queue,
// and the event queue alone.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "sim/engine/event_queue.hpp"
#include "tests/engine/clock_fixture.hpp"

namespace kvfoot {
namespace {

toy::TimedRun long_run(const char* policy, std::int64_t output) {
  const ModelShape shape = *builtin_shape("llama-3.1-8b");
  RunLengths run;
  run.prompt = 131072;
  run.output = output;
  run.chunk = 32768;
  return toy::timed_run(toy::policy_of(policy, shape, run), shape, run, toy::fast_device());
}

void clock(benchmark::State& state, const char* policy, std::int64_t output) {
  const toy::TimedRun timed = long_run(policy, output);
  for (auto _ : state) {
    benchmark::DoNotOptimize(run_clock(timed.request));
  }
  state.counters["passes/s"] = benchmark::Counter(static_cast<double>(output),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}

void events(benchmark::State& state, const char* policy, std::int64_t output) {
  const toy::TimedRun timed = long_run(policy, output);
  for (auto _ : state) {
    benchmark::DoNotOptimize(simulate(timed.request));
  }
  state.counters["passes/s"] = benchmark::Counter(static_cast<double>(output),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}

// Holds `pending` events: one out, one in.
void queue(benchmark::State& state) {
  EventQueue<std::uint32_t> pending;
  std::uint64_t draw = 1;
  const auto step = [&] {
    draw = draw * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::int64_t>(draw >> 44);
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    pending.push(step(), EventKind::kComputeDone, 0);
  }
  for (auto _ : state) {
    const auto event = pending.pop();
    pending.push(event.key.time_ns + step(), EventKind::kComputeDone, event.payload);
  }
  state.SetItemsProcessed(state.iterations());
}

constexpr const char* kDuo = "duo:sparsity=0.7,sinks=128,window=1024";
constexpr const char* kPyramidKv = "pyramidkv:sparsity=0.7,window=64";

BENCHMARK_CAPTURE(clock, full_100k, "full", 100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clock, duo_100k, kDuo, 100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clock, pyramidkv_100k, kPyramidKv, 100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clock, duo_128, kDuo, 128)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(events, duo_128, kDuo, 128)->Unit(benchmark::kMillisecond);
BENCHMARK(queue)->Arg(10)->Arg(1000)->Arg(100'000);

}  // namespace
}  // namespace kvfoot

BENCHMARK_MAIN();
