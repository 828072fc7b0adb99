// Repaint times of the plot canvas on an image of 1000 x 600 pixels: what a slider in the GUI waits
// for. `timeline/10M` and `states/128K` are the sizes that the GUI promises.
#include <benchmark/benchmark.h>

#include <QImage>
#include <QPainter>
#include <memory>
#include <string>

#include "gui/plots/plot.hpp"
#include "gui/plots/save.hpp"
#include "gui/plots/state_raster.hpp"
#include "gui/plots/state_sum.hpp"
#include "tests/plots/samples.hpp"

namespace {

using namespace kvfoot::plots;

void repaint(benchmark::State& state, const PlotSpec& spec) {
  if (!render_plot(samples::one_point(), "png").ok()) {  // makes the application that fonts need
    state.SkipWithError("no fonts");
    return;
  }
  const Theme theme = make_theme(ThemeKind::kLight);
  QImage image(1000, 600, QImage::Format_RGB32);
  for (auto unused : state) {
    QPainter painter(&image);
    paint_plot(painter, QRectF(0, 0, 1000, 600), spec, theme, Device::kPixels);
  }
}

PlotSpec dense_timeline(std::size_t points) {
  PlotSpec spec = samples::timeline(1000, 10, 100, 0.5);
  auto& areas = std::get<StackedAreas>(spec.content);
  areas.series = std::make_shared<const StackedSeries>(samples::large_series(points));
  areas.boundaries.clear();
  areas.decode_begin.reset();
  areas.peak.reset();
  return spec;
}

void timeline(benchmark::State& state) {
  repaint(state, dense_timeline(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(timeline)->Arg(1000)->Arg(100000)->Arg(10000000)->Unit(benchmark::kMillisecond);

void states(benchmark::State& state) {
  repaint(state, samples::state_map({state.range(0), 1024, 4096, 128, 1024}));
}
BENCHMARK(states)->Arg(1024)->Arg(131072)->Arg(30'000'000)->Unit(benchmark::kMillisecond);

// 256 streams added up beforehand, half of them streaming.
void summed_states(benchmark::State& state) {
  StateMap map = samples::streaming_map({state.range(0), 1024, 4096, 128, 1024});
  std::vector<KeyLives> streams(128, map.streams.front());
  const auto rows = static_cast<std::size_t>(map.rows);
  streams.resize(256, {std::make_shared<const std::vector<std::int32_t>>(
                          rows, static_cast<std::int32_t>(rows))});
  map.sum = StateSum::make(streams, map.rows);
  map.streams.clear();
  repaint(state, {"All streams", "", std::move(map)});
}
BENCHMARK(summed_states)->Arg(131072)->Unit(benchmark::kMillisecond);

void heads(benchmark::State& state) { repaint(state, samples::heat_map(state.range(0), 8)); }
BENCHMARK(heads)->Arg(32)->Arg(80)->Unit(benchmark::kMillisecond);

void lines(benchmark::State& state) { repaint(state, samples::lines_over_budget(true)); }
BENCHMARK(lines)->Unit(benchmark::kMillisecond);

// Timelines of 128K rows in chunks of 4, on top of each other.
void overlay(benchmark::State& state) {
  LinePlot plot;
  plot.x = {"Row", Quantity::kTokens};
  plot.y = {"Resident KV entries", Quantity::kBytes};
  for (int line = 0; line < state.range(0); ++line) {
    LineSeries series;
    series.name = "scenario " + std::to_string(line);
    for (int i = 0; i < 65536; ++i) {
      series.x.push_back(2 * i);
      series.y.push_back((line + 1) * 1e5 * (i < 4096 ? i : 4096) + (i % 2) * 1e7);
    }
    plot.series.push_back(std::move(series));
  }
  repaint(state, {"Resident over rows", "", std::move(plot)});
}
BENCHMARK(overlay)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);

void save(benchmark::State& state, const char* extension) {
  const PlotSpec spec = samples::timeline(131072, 8192, 32768, 0.3);
  for (auto unused : state) {
    benchmark::DoNotOptimize(render_plot(spec, extension).ok());
  }
}
BENCHMARK_CAPTURE(save, png, "png")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(save, svg, "svg")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(save, pdf, "pdf")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
