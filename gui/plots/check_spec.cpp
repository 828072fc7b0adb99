// What a plot can show, said once before anything is drawn.
#include <algorithm>
#include <cmath>

#include "gui/plots/spec.hpp"
#include "gui/plots/state_sum.hpp"

namespace kvfoot::plots {
namespace {

Error bad(std::string what, std::string hint = {}) {
  return {"plot data", std::move(what), std::move(hint)};
}

Status check_axis(const Axis& axis) {
  const std::string name = "axis '" + axis.label + "'";
  if (axis.range) {
    const auto [low, high] = *axis.range;
    if (!std::isfinite(low) || !std::isfinite(high) || low >= high) {
      return bad(name + " has an empty range");
    }
    if (axis.scale != Scale::kLinear && low <= 0) {
      return bad(name + " is logarithmic but begins at or below zero", "use a linear axis");
    }
  }
  for (const AxisTick& tick : axis.ticks) {
    if (!std::isfinite(tick.value) || (axis.scale != Scale::kLinear && tick.value <= 0)) {
      return bad(name + " has a tick that cannot be placed");
    }
  }
  return {};
}

Status check_linear(const Axis& axis) {
  if (axis.scale != Scale::kLinear) {
    return bad("axis '" + axis.label + "' must be linear in this kind of plot");
  }
  return check_axis(axis);
}

Status check_references(const std::vector<ReferenceLine>& lines) {
  for (const ReferenceLine& line : lines) {
    if (!std::isfinite(line.y)) {
      return bad("reference line '" + line.label + "' is not finite");
    }
  }
  return {};
}

Status check(const StackedAreas& areas) {
  KVFOOT_TRY(check_linear(areas.x));
  KVFOOT_TRY(check_linear(areas.y));
  if (!areas.series) {
    return bad("stacked areas without data");
  }
  if (areas.layers.size() != areas.series->layers()) {
    return bad("stacked areas have " + std::to_string(areas.series->layers()) + " layers, but " +
               std::to_string(areas.layers.size()) + " names");
  }
  KVFOOT_TRY(check_references(areas.references));
  return {};
}

Status check(const LinePlot& plot) {
  KVFOOT_TRY(check_axis(plot.x));
  KVFOOT_TRY(check_axis(plot.y));
  std::size_t points = 0;
  for (const LineSeries& series : plot.series) {
    const auto name = [&] { return "series '" + series.name + "'"; };
    if (series.x.size() != series.y.size()) {
      return bad(name() + " has " + std::to_string(series.x.size()) + " x and " +
                 std::to_string(series.y.size()) + " y values");
    }
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const auto point = [&] { return name() + ", point " + std::to_string(i); };
      if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i])) {
        return bad(point() + " is not finite");
      }
      if ((plot.x.scale != Scale::kLinear && series.x[i] <= 0) ||
          (plot.y.scale != Scale::kLinear && series.y[i] <= 0)) {
        return bad(point() + " does not fit a logarithmic axis", "use a linear axis");
      }
    }
    points += series.x.size();
  }
  if (points == 0) {
    return bad("a line plot without a point", "draw a result that has at least one run");
  }
  return check_references(plot.references);
}

Status check(const HeatMap& map) {
  KVFOOT_TRY(check_linear(map.colour));
  if (map.rows <= 0 || map.columns <= 0) {
    return bad("a heat map without a cell");
  }
  if (map.values.size() != static_cast<std::size_t>(map.rows * map.columns)) {
    return bad("a heat map of " + std::to_string(map.rows) + " x " + std::to_string(map.columns) +
               " cells has " + std::to_string(map.values.size()) + " values");
  }
  if (std::any_of(map.values.begin(), map.values.end(), [](float v) { return std::isinf(v); })) {
    return bad("a heat map with an infinite value");
  }
  return {};
}

Status check(const StateMap& map) {
  KVFOOT_TRY(check_linear(map.key));
  KVFOOT_TRY(check_linear(map.query));
  if (map.rows <= 0 || (map.streams.empty() && map.sum == nullptr)) {
    return bad("a state map without a row");
  }
  if (map.sum != nullptr && (!map.streams.empty() || map.sum->rows() != map.rows)) {
    return bad("a state map with a sum of other streams");
  }
  for (const KeyLives& lives : map.streams) {
    const std::size_t keys = lives.evicted_at == nullptr ? 0 : lives.evicted_at->size();
    if (keys != static_cast<std::size_t>(map.rows)) {
      return bad("a state map of " + std::to_string(map.rows) + " rows has " +
                 std::to_string(keys) + " keys in a stream");
    }
  }
  for (const InactiveRect& rect : map.inactive) {
    const auto streams = static_cast<std::int64_t>(map.streams.size());
    if (rect.stream < 0 || rect.stream >= streams || rect.row_begin < 0 || rect.key_begin < 0 ||
        rect.row_end > map.rows || rect.key_end > map.rows) {
      return bad("an inactive rectangle lies outside the state map");
    }
  }
  return {};
}

Status check_lives(const StateMap& map) {
  for (const KeyLives& lives : map.streams) {
    const std::int32_t* const evicted_at = lives.evicted_at->data();
    const auto keys = static_cast<std::size_t>(map.rows);
    unsigned early = 0;  // one flag for all of them, so that the loop vectorises
    for (std::size_t key = 0; key < keys; ++key) {
      early |= evicted_at[key] <= static_cast<std::int32_t>(key) ? 1U : 0U;
    }
    for (std::size_t key = 0; early != 0 && key < keys; ++key) {
      if (static_cast<std::int64_t>(evicted_at[key]) <= static_cast<std::int64_t>(key)) {
        return bad("key " + std::to_string(key) + " is evicted before its own row");
      }
    }
  }
  return {};
}

Status check(const BarChart& chart) {
  KVFOOT_TRY(check_linear(chart.x));
  if (chart.bars.empty() || chart.parts.empty()) {
    return bad("a bar chart without a bar");
  }
  for (const Bar& bar : chart.bars) {
    if (bar.values.size() != chart.parts.size()) {
      return bad("bar '" + bar.name + "' has " + std::to_string(bar.values.size()) + " of " +
                 std::to_string(chart.parts.size()) + " parts");
    }
    for (const double value : bar.values) {
      if (!std::isfinite(value) || value < 0) {
        return bad("bar '" + bar.name + "' has a part that is negative or not finite");
      }
    }
  }
  return {};
}

}  // namespace

Status check_to_paint(const PlotSpec& spec) {
  return std::visit([](const auto& content) { return check(content); }, spec.content);
}

Status check_spec(const PlotSpec& spec) {
  KVFOOT_TRY(check_to_paint(spec));
  const auto* map = std::get_if<StateMap>(&spec.content);
  return map == nullptr ? Status{} : check_lives(*map);
}

}  // namespace kvfoot::plots
