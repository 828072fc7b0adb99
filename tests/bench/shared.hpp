// What the benchmarks of replays and sweeps share.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "sim/core/heap.hpp"

namespace kvfoot::bench {

// The limit beside which replays are put: one thread reads `bytes` of memory and adds them up.
inline void read_bandwidth(benchmark::State& state, std::size_t bytes) {
  const std::vector<std::uint64_t> words(bytes / 8, 1);
  for (auto _ : state) {
    std::uint64_t sum[8] = {};
    for (std::size_t i = 0; i < words.size(); i += 8) {
      for (std::size_t k = 0; k < 8; ++k) {
        sum[k] += words[i + k];
      }
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

// As BENCHMARK_MAIN, with the heap of the real program.
inline int run(int argc, char** argv) {
  keep_large_buffers();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace kvfoot::bench
