// Sample data: closed forms and hashes, no results of real runs.
#include "tests/plots/samples.hpp"

#include <algorithm>
#include <cmath>

namespace kvfoot::plots::samples {
namespace {

double noise(std::uint64_t i) {
  i ^= i >> 33U;
  i *= 0xff51afd7ed558ccdULL;
  i ^= i >> 33U;
  i *= 0xc4ceb9fe1a85ec53ULL;
  i ^= i >> 33U;
  return static_cast<double>(i >> 11U) / 9007199254740992.0;
}

}  // namespace

StateMap streaming_map(const Streaming& run) {
  StateMap map;
  map.rows = run.prompt + run.output;
  std::vector<std::int32_t> evicted_at(static_cast<std::size_t>(map.rows),
                                       static_cast<std::int32_t>(map.rows));
  const auto evict = [&](std::int64_t begin) {  // before the pass that begins at this row
    for (std::int64_t key = run.sinks; key < begin - run.window; ++key) {
      auto& at = evicted_at[static_cast<std::size_t>(key)];
      if (at == map.rows) {
        at = static_cast<std::int32_t>(begin);
      }
    }
  };
  for (std::int64_t begin = run.chunk; begin < run.prompt; begin += run.chunk) {
    map.boundaries.push_back(begin);
    evict(begin);
  }
  std::int64_t oldest = run.sinks;
  evict(run.prompt);
  oldest = std::max(oldest, run.prompt - run.window);
  for (std::int64_t row = run.prompt + 1; row < map.rows; ++row) {
    if (oldest < row - run.window) {
      evicted_at[static_cast<std::size_t>(oldest++)] = static_cast<std::int32_t>(row);
    }
  }
  if (run.output > 0) {
    map.decode_begin = run.prompt;
  }
  map.streams.push_back({std::make_shared<const std::vector<std::int32_t>>(std::move(evicted_at))});
  return map;
}

PlotSpec state_map(const Streaming& run) {
  return {"Streaming head, chunked prefill", "128 sinks, window 1024, chunk 32K",
          streaming_map(run)};
}

PlotSpec state_map_with_inactive() {
  StateMap map = streaming_map({8, 4, 2, 1, 2});
  map.inactive.push_back({0, 6, 8, 4, 5});
  map.inactive.push_back({0, 9, 11, 7, 8});
  return {"States of one head", "8 prompt + 4 output tokens, chunk 2", map};
}

PlotSpec timeline(std::int64_t prompt, std::int64_t output, std::int64_t chunk, double kept) {
  std::vector<double> x;
  std::vector<std::vector<float>> layers(3);
  constexpr double kRowBytes = 131072;
  StackedAreas areas;
  double cached = 0;
  double peak = 0;
  double peak_row = 0;
  const auto add = [&](std::int64_t row, double resident) {
    x.push_back(static_cast<double>(row));
    layers[0].push_back(static_cast<float>(resident * kRowBytes * 0.8));
    layers[1].push_back(static_cast<float>(resident * kRowBytes * 0.2));
    layers[2].push_back(static_cast<float>((static_cast<double>(row + 1) - resident) * kRowBytes));
    if (resident > peak) {
      peak = resident;
      peak_row = static_cast<double>(row);
    }
  };
  for (std::int64_t begin = 0; begin < prompt; begin += chunk) {
    const std::int64_t end = std::min(prompt, begin + chunk);
    add(begin, cached + 1);
    add(end - 1, cached + static_cast<double>(end - begin));
    cached += kept * static_cast<double>(end - begin);
    if (begin > 0) {
      areas.boundaries.push_back(static_cast<double>(begin));
    }
  }
  if (output > 0) {
    add(prompt, cached + 1);
    add(prompt + output - 1, cached + static_cast<double>(output));
    areas.decode_begin = static_cast<double>(prompt);
  }
  auto series = StackedSeries::make(std::move(x), std::move(layers));
  areas.series = std::make_shared<const StackedSeries>(std::move(series).value());
  areas.layers = {
      {"live", Role::kLive}, {"inactive", Role::kInactive}, {"evicted", Role::kEvicted}};
  areas.x = {"row", Quantity::kTokens};
  areas.y = {"KV memory, all layers and heads", Quantity::kBytes};
  areas.peak = Mark{peak_row, peak * kRowBytes,
                    "peak at row " + std::to_string(static_cast<std::int64_t>(peak_row))};
  return {"KV memory over the run", "snapkv:sparsity=0.7,window=64 · chunk 32K · Llama-3.1-8B",
          areas};
}

StackedSeries large_series(std::size_t points) {
  std::vector<double> x(points);
  std::vector<std::vector<float>> layers(3, std::vector<float>(points));
  for (std::size_t i = 0; i < points; ++i) {
    x[i] = static_cast<double>(i) + (i % 3 == 0 ? 0.25 : 0.0);
    layers[0][i] =
        static_cast<float>(50 + 30 * std::sin(static_cast<double>(i) / 1e5) + 5 * noise(i));
    layers[1][i] = static_cast<float>(10 * noise(i + 7));
    layers[2][i] = static_cast<float>(30 * static_cast<double>(i) / static_cast<double>(points));
  }
  return StackedSeries::make(std::move(x), std::move(layers)).value();
}

PlotSpec lines_over_chunk() {
  LinePlot plot;
  plot.x = {"prefill chunk", Quantity::kTokens, Scale::kLog2};
  plot.y = {"KV footprint", Quantity::kPercent};
  plot.series = {{"full", {2048, 8192, 16384, 32768, 65536, 131072}, {1, 1, 1, 1, 1, 1}},
                 {"duo:sparsity=0.5",
                  {2048, 8192, 16384, 32768, 65536, 131072},
                  {.5165, .5394, .5701, .6314, .7540, .9992}},
                 {"duo:sparsity=0.7",
                  {2048, 8192, 16384, 32768, 65536, 131072},
                  {.3230, .3552, .3981, .4840, .6556, .9989}},
                 {"snapkv:sparsity=0.7",
                  {2048, 8192, 16384, 32768, 65536, 131072},
                  {.3415, .3511, .3908, .4762, .6500, .9989}},
                 {"streaming",
                  {2048, 8192, 16384, 32768, 65536, 131072},
                  {.0329, .0789, .1402, .2628, .5080, .9985}}};
  plot.x.ticks = {{2048, "2K"},   {8192, "8K"},   {16384, "16K"},
                  {32768, "32K"}, {65536, "64K"}, {131072, "all"}};
  return {"Chunk size against footprint", "128K prompt, 100 output tokens, Llama-3.1-8B shape",
          plot};
}

PlotSpec lines_over_budget(bool long_names) {
  LinePlot plot;
  plot.x = {"KV footprint", Quantity::kPercent};
  plot.y = {"score", Quantity::kPercent};
  const std::vector<std::string> names =
      long_names ? std::vector<std::string>{
                       "duo:sparsity=0.7,sinks=128,window=1024,rest=snapkv:sparsity=0.5,window=64,kernel=5,pool=avg",
                       "duo:sparsity=0.7,sinks=128,window=1024,rest=pyramidkv:sparsity=0.5,beta=20,patch=true",
                       "pyramidkv:sparsity=0.7,beta=20,window=64,patch=true,evict=chunk,group=mean",
                       "pyramidkv:sparsity=0.7,beta=20,window=64,patch=false,evict=chunk,group=none",
                       "snapkv:sparsity=0.7,window=64,kernel=5,pool=max,group=mean,patch=true,evict=chunk",
                       "h2o:heavy=1024,recent=1024,evict=chunk,accumulate=all,normalise=true",
                       "tova:budget=2048,evict=chunk",
                       "streaming:sinks=128,window=1024,reindex=true",
                       "prulong:heads=prulong-llama-3.1-8b-instruct-sparsity-0.7.tsv,sinks=128"}
                 : std::vector<std::string>{"duo", "prulong", "pyramidkv", "snapkv", "h2o", "tova", "streaming"};
  for (std::size_t k = 0; k < names.size(); ++k) {
    LineSeries series{names[k], {}, {}};
    for (int i = 1; i <= 9; ++i) {
      const double x = 0.1 * i + 0.006 * static_cast<double>(k);
      series.x.push_back(x);
      series.y.push_back(0.97 * (1 - std::exp(-x * (4.0 + static_cast<double>(k)))) +
                         0.02 * noise(k * 100 + static_cast<std::uint64_t>(i)));
    }
    plot.series.push_back(series);
  }
  plot.references = {{0.9 * 0.97, "90 % of full attention"}};
  plot.marks = {{0.52, 0.87, "critical footprint 52.0 %"}};
  return {"Score against footprint", "", plot};
}

PlotSpec one_point() {
  LinePlot plot;
  plot.x = {"output tokens", Quantity::kTokens, Scale::kLog10};
  plot.y = {"KV footprint", Quantity::kPercent};
  plot.series = {{"full", {100}, {1}}};
  return {"One point", "", plot};
}

PlotSpec heat_map(std::int64_t layers, std::int64_t heads) {
  HeatMap map;
  map.rows = layers;
  map.columns = heads;
  for (std::int64_t i = 0; i < layers * heads; ++i) {
    const double value = noise(static_cast<std::uint64_t>(i) + 3);
    map.values.push_back(
        static_cast<float>(value > 0.45 ? 0.05 + 0.2 * value : 0.75 + 0.5 * value));
  }
  if (map.values.size() > 4) {
    map.values[3] = std::nanf("");
    map.values[4] = 1.0F;
  }
  map.colour = {"kept share", Quantity::kPercent};
  return {"Kept share per head", "after the prompt", map};
}

PlotSpec bars() {
  constexpr double kGiB = 1073741824.0;
  BarChart chart;
  chart.x = {"resident at the peak", Quantity::kBytes};
  chart.parts = {{"weights", Role::kOther4},
                 {"KV", Role::kLive},
                 {"activations", Role::kInactive},
                 {"workspace", Role::kOther1}};
  chart.bars = {
      {"full", {15 * kGiB, 16 * kGiB, 2.1 * kGiB, 0.4 * kGiB}},
      {"duo:sparsity=0.7,sinks=128,window=1024", {15 * kGiB, 7.7 * kGiB, 2.1 * kGiB, 0.4 * kGiB}},
      {"streaming", {15 * kGiB, 4.1 * kGiB, 0.3 * kGiB, 0.4 * kGiB}}};
  return {"Peak: what is resident", "128K prompt, chunk 32K", chart};
}

}  // namespace kvfoot::plots::samples
