// From an edit to the painted picture, through the same event loop as a slider.
#include "gui/app/benchmark.hpp"

#include <QApplication>
#include <QElapsedTimer>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gui/view/plot_widget.hpp"
#include "gui/view/state_map_view.hpp"
#include "gui/view/timeline_panel.hpp"
#include "gui/window/main_window.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kEdits = 200;
constexpr int kWarmUp = 20;  // edits that are not counted: fonts, caches, the first threads
constexpr int kFrames = 200;

double milliseconds(const QElapsedTimer& timer) {
  return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

void print(const std::string& what, std::vector<double> times, double goal) {
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  std::printf("%-58s %9.2f %9.2f %9.0f  %s\n", what.c_str(), at(0.5), at(0.95), goal,
              at(0.95) <= goal ? "" : "above");
  std::fflush(stdout);
}

// Until the outcome of the newest edit is there and painted.
void settle(MainWindow& window) {
  Workspace& workspace = window.workspace();
  while (workspace.busy()) {
    QApplication::processEvents(QEventLoop::WaitForMoreEvents);
  }
  QApplication::processEvents();
  window.findChild<TimelinePanel*>()->view().repaint();
}

// Milliseconds of each of the edits that `next` makes of a scenario.
std::vector<double> edits(MainWindow& window, const WhatIf& first,
                          const std::function<void(WhatIf&, int)>& next) {
  window.workspace().open(first);
  settle(window);
  std::vector<double> times;
  for (int i = -kWarmUp; i < kEdits; ++i) {
    WhatIf what_if = first;
    next(what_if, i);
    QElapsedTimer timer;
    timer.start();
    window.workspace().edit(what_if, QStringLiteral("benchmark"));
    settle(window);
    if (i >= 0) {
      times.push_back(milliseconds(timer));
    }
    if (window.workspace().error()) {
      std::printf("%s\n", window.workspace().error()->message().c_str());
      break;
    }
  }
  return times;
}

PolicySpec spec(const std::string& text) {
  auto parsed = parse_policy(text);
  KVFOOT_CHECK(parsed.ok(), "a spec of the benchmark");
  return *parsed;
}

void closed_form(MainWindow& window) {
  for (const std::string name : {"full", "streaming", "pyramidkv"}) {
    WhatIf first;  // llama-3.1-8b, 128K tokens
    print("slider, " + name + ", 8B at 128K, chunk size",
          edits(window, first,
                [&](WhatIf& what_if, int i) {
                  what_if.chunk = 4096 + 64 * i;
                  what_if.policy = spec(name == "full"        ? "full"
                                        : name == "streaming" ? "streaming:sinks=128,window=8064"
                                                              : "pyramidkv:sparsity=0.7");
                }),
          16);
  }
}

void traced(MainWindow& window, const QString& traces) {
  struct Case {
    const char* file;
    const char* policy;
  };
  for (const Case& c :
       {Case{"needle-320-rows.h5", "snapkv"}, Case{"needle-320-rows.h5", "h2o"},
        Case{"needle-2k-blocks.h5", "snapkv"}, Case{"needle-2k-blocks.h5", "pyramidkv"}}) {
    WhatIf first;
    first.trace = (traces + QLatin1Char('/') + QLatin1String(c.file)).toStdString();
    first.chunk = 256;
    first.policy = spec(c.policy + std::string(":sparsity=0.5"));
    print(std::string("slider, ") + c.policy + ", " + c.file + ", sparsity",
          edits(window, first,
                [&](WhatIf& what_if, int i) {
                  what_if.policy = spec(c.policy + (":sparsity=0." + std::to_string(200 + 3 * i)));
                }),
          100);
  }
}

class DensePlot final : public PlotWidget {
 public:
  DensePlot() {
    constexpr std::size_t kPoints = 10'000'000;
    std::vector<double> x(kPoints);
    std::vector<float> live(kPoints);
    std::vector<float> evicted(kPoints);
    for (std::size_t i = 0; i < kPoints; ++i) {
      x[i] = static_cast<double>(i);
      live[i] = static_cast<float>(1000 + (i * 7919) % 1000);
      evicted[i] = static_cast<float>(i) / 1000;
    }
    plots::StackedAreas areas;
    areas.series = std::make_shared<const plots::StackedSeries>(
        *plots::StackedSeries::make(std::move(x), {std::move(live), std::move(evicted)}));
    areas.layers = {{"live", plots::Role::kLive}, {"evicted", plots::Role::kEvicted}};
    areas.x = {"Row", plots::Quantity::kTokens};
    areas.y = {"Entries", plots::Quantity::kCount};
    set_zoomable(true, false);
    set_limits({0, kPoints - 1}, {0, 1});
    show_spec(plots::PlotSpec{"10 M points", "", std::move(areas)});
    resize(1000, 600);
    show();
  }
};

// Every frame another view, so that nothing is kept from the one before.
std::vector<double> frames(PlotWidget& plot, double longest) {
  std::vector<double> times;
  for (int i = 0; i < kFrames; ++i) {
    const double low = longest * 0.3 * i / kFrames;
    QElapsedTimer timer;
    timer.start();
    plot.set_view({plots::Range{low, low + longest * 0.7}, std::nullopt});
    plot.repaint();
    times.push_back(milliseconds(timer));
  }
  return times;
}

void state_map() {
  WhatIf what_if;  // llama-3.1-8b, 128K tokens
  what_if.policy = spec("streaming:sinks=128,window=8064");
  what_if.chunk = 8192;
  Workspace workspace;
  StateMapView map(workspace);
  map.resize(1000, 700);
  map.show();
  workspace.open(what_if);
  for (const StreamChoice stream : {StreamChoice{0, 0}, StreamChoice{}}) {
    while (workspace.busy() || map.busy() || map.subject().outcome == nullptr) {
      QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }
    workspace.set_stream(stream);
    do {
      QApplication::processEvents();
    } while (map.busy());
    print(stream.all() ? "repaint, state map 128K x 128K, 256 streams"
                       : "repaint, state map 128K x 128K, one stream",
          painting_times(map, kFrames), 10);
  }
}

void opening(MainWindow& window, const QString& file) {
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) {
    WhatIf other;
    other.prompt = 1024;
    other.policy = spec("streaming:sinks=128,window=8064");  // with which the program starts
    window.workspace().open(other);                          // so that the file is opened anew
    settle(window);
    QElapsedTimer timer;
    timer.start();
    const OutcomePtr before = window.workspace().outcome();
    window.open_file(file);
    while (window.opening()) {
      QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }
    settle(window);
    if (window.workspace().outcome() == before) {
      std::printf("%s\n", qUtf8Printable(window.messages().text()));
      return;
    }
    times.push_back(milliseconds(timer));
  }
  print("open " + file.toStdString() + " to first picture", times, 1000);
}

}  // namespace

int run_benchmark(MainWindow& window, const QString& file, const QString& traces) {
  window.resize(1440, 900);
  window.show();
  QApplication::processEvents();
  std::printf("%-58s %9s %9s %9s\n", "milliseconds", "median", "95 %", "goal");
  closed_form(window);
  if (traces.isEmpty()) {
    std::printf("the bundled traces were not found: replays of traces are not measured\n");
  } else {
    traced(window, traces);
  }
  {
    DensePlot plot;
    QApplication::processEvents();
    print("repaint, timeline of 10 M points, 1000 x 600", frames(plot, 1e7), 5);
  }
  state_map();
  if (!file.isEmpty()) {
    opening(window, file);
  }
  return 0;
}

}  // namespace kvfoot::gui
