// Points from scenarios and sweeps.
#include "gui/model/trade_off.hpp"

#include <QCoreApplication>
#include <algorithm>

#include "sim/report/metric_table.hpp"

namespace kvfoot::gui {
namespace {

std::optional<TradePoint> point_of(const std::string& name, const WhatIf& asked,
                                   const RunResult& result, const MetricInfo& metric) {
  const auto value = metric.get(result.metrics);
  if (!value) {
    return std::nullopt;
  }
  return TradePoint{name, name, asked, result.metrics.footprint, as_double(*value)};
}

}  // namespace

std::vector<const TradePoint*> TradeOff::points() const {
  std::vector<const TradePoint*> all;
  for (const TradePoint& point : sweep) {
    all.push_back(&point);
  }
  for (const TradePoint& point : alone) {
    all.push_back(&point);
  }
  if (full) {
    all.push_back(&*full);
  }
  return all;
}

TradeOff trade_off(std::span<const Compared> scenarios, const BudgetSweep* sweep) {
  TradeOff plane;
  if (scenarios.empty()) {
    return plane;
  }
  // Of the current scenario; where that has no result, of the last one, whose picture stays.
  const bool mass = scenarios.front().outcome->result.metrics.retained_mass.has_value();
  plane.metric = mass ? "retained_mass" : "peak_kv_bytes";
  const MetricInfo& metric = *find_metric(plane.metric);
  for (const Compared& scenario : scenarios) {
    if (auto point =
            point_of(scenario.name(), scenario.outcome->asked, scenario.outcome->result, metric)) {
      point->current = scenario.current;
      point->name_in_files = scenario.name_in_files();
      plane.alone.push_back(*std::move(point));
    }
  }
  if (sweep == nullptr) {
    return plane;
  }
  for (const SweepPoint& swept : sweep->points) {
    if (auto point = point_of(short_spec(swept.result.inputs), swept.asked, swept.result, metric)) {
      plane.sweep.push_back(*std::move(point));
    }
  }
  std::ranges::stable_sort(plane.sweep, {}, &TradePoint::footprint);
  if (!plane.sweep.empty()) {
    plane.swept = QCoreApplication::translate("TradeOff", "%1 over %2")
                      .arg(QString::fromStdString(sweep->around.policy.name),
                           QString::fromStdString(sweep->param))
                      .toStdString();
  }
  if (sweep->full) {
    plane.full = point_of("full", sweep->full->asked, sweep->full->result, metric);
  }
  if (mass && plane.full) {
    plane.enough = kCriticalShare * plane.full->value;
    std::vector<ScorePoint> points;
    for (const TradePoint& point : plane.sweep) {
      points.push_back({point.footprint, point.value});
    }
    if (const auto critical = critical_footprint(points, plane.full->value); critical) {
      plane.critical = *critical;
    }
  }
  return plane;
}

}  // namespace kvfoot::gui
