// Small specs of every plot kind, shared by the tests, the gallery and the benchmark.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gui/plots/spec.hpp"

namespace kvfoot::plots::samples {

// A streaming head: `sinks` first keys and `window` last keys survive a pass of `chunk` rows.
struct Streaming {
  std::int64_t prompt = 131072;
  std::int64_t output = 1024;
  std::int64_t chunk = 32768;
  std::int64_t sinks = 128;
  std::int64_t window = 1024;
};

StateMap streaming_map(const Streaming& run);
PlotSpec state_map(const Streaming& run);
PlotSpec state_map_with_inactive();

// Chunked eviction that keeps `kept` of each chunk; bytes of an 8B shape.
PlotSpec timeline(std::int64_t prompt, std::int64_t output, std::int64_t chunk, double kept);
// `points` points of three layers.
StackedSeries large_series(std::size_t points);

PlotSpec lines_over_chunk();
PlotSpec lines_over_budget(bool long_names);
PlotSpec one_point();
PlotSpec heat_map(std::int64_t layers, std::int64_t heads);
PlotSpec bars();

}  // namespace kvfoot::plots::samples
