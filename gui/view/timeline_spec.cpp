// Rows to seconds; everything else is the plot that `kvfoot plot` draws.
#include "gui/view/timeline_spec.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "gui/plots/from_report.hpp"
#include "gui/plots/numbers.hpp"
#include "gui/plots/words.hpp"
#include "gui/view/memory_spec.hpp"

namespace kvfoot::gui {
namespace {

// Decode gets slower as the cache grows, so that points that suffice over rows do not over seconds.
constexpr std::int64_t kPieces = 512;

std::vector<TimelinePoint> dense(const Outcome& outcome) {
  const std::int64_t step = std::max<std::int64_t>(outcome.result.inputs.run.rows() / kPieces, 1);
  std::vector<TimelinePoint> points;
  for (const TimelinePoint& point : outcome.timeline) {
    if (!points.empty()) {
      for (std::int64_t row = points.back().row + step; row < point.row; row += step) {
        points.push_back(outcome.replay.profile->at(row));
      }
    }
    points.push_back(point);
  }
  return points;
}

// The KV cache alone.
Result<plots::PlotSpec> cache_spec(const Outcome& outcome, const TimelineOptions& options) {
  const RunInputs& inputs = outcome.result.inputs;
  if (outcome.timeline.empty()) {
    return Error{
        "", plots::words(QT_TRANSLATE_NOOP(
                "Plot", "The published closed forms give no timeline. Choose exact accounting."))};
  }
  if (!options.seconds) {
    return plots::timeline_plot(outcome.timeline, inputs, outcome.streams(), options.unit);
  }
  if (!outcome.replay.clock) {
    return Error{"", plots::words(QT_TRANSLATE_NOOP(
                         "Plot", "There are no seconds without a device. Choose one."))};
  }
  const std::vector<TimelinePoint> points = dense(outcome);
  std::vector<double> seconds;
  for (const TimelinePoint& point : points) {
    seconds.push_back(time_of_row(outcome, point.row));
  }
  KVFOOT_ASSIGN(plots::PlotSpec spec, plots::timeline_plot(points, inputs, outcome.streams(),
                                                           options.unit, std::move(seconds)));
  auto& areas = std::get<plots::StackedAreas>(spec.content);
  areas.x = {plots::words(QT_TRANSLATE_NOOP("Plot", "Time on %1"), {inputs.device_model}),
             plots::Quantity::kSeconds};
  const auto start_of = [&](double row) {  // when the row before it ended
    return row < 1 ? 0.0 : time_of_row(outcome, static_cast<std::int64_t>(row) - 1);
  };
  for (double& boundary : areas.boundaries) {
    boundary = start_of(boundary);
  }
  if (areas.decode_begin) {
    areas.decode_begin = start_of(*areas.decode_begin);
  }
  if (areas.peak) {
    areas.peak->x = time_of_row(outcome, static_cast<std::int64_t>(areas.peak->x));
    areas.peak->label =
        plots::words(QT_TRANSLATE_NOOP("Plot", "peak %1 at %2"),
                     {plots::format_quantity(areas.peak->y, areas.y.quantity, unit_value(areas)),
                      plots::format_quantity(areas.peak->x, plots::Quantity::kSeconds,
                                             areas.series->x().back())});
  }
  return spec;
}

}  // namespace

double time_of_row(const Outcome& outcome, std::int64_t row) {
  const auto& ends = outcome.replay.clock->pass_end_ns;
  const RunLengths& run = outcome.result.inputs.run;
  const Pass pass = pass_at(run, run.pass_of(row), 0);
  const auto index = static_cast<std::size_t>(pass.index);
  const auto begin = index == 0 ? 0.0 : static_cast<double>(ends[index - 1]);
  const auto end = static_cast<double>(ends[index]);
  return (begin + (end - begin) * static_cast<double>(row - pass.begin + 1) /
                      static_cast<double>(pass.rows())) /
         1e9;
}

std::int64_t row_at_time(const Outcome& outcome, double seconds) {
  std::int64_t low = 0;
  std::int64_t high = outcome.result.inputs.run.rows() - 1;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (time_of_row(outcome, middle) < seconds) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Result<plots::PlotSpec> timeline_spec(const Outcome& outcome, const TimelineOptions& options) {
  KVFOOT_ASSIGN(plots::PlotSpec kv, cache_spec(outcome, options));
  if (!options.whole_memory) {
    return kv;
  }
  if (outcome.memory.empty()) {
    return Error{
        "", plots::words(QT_TRANSLATE_NOOP("Plot", "Whole memory needs a device. Choose one."))};
  }
  return memory_spec(outcome, kv, options.seconds);
}

}  // namespace kvfoot::gui
