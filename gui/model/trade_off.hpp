// What is given up for a smaller footprint: scenarios as points of a plane.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gui/model/budget_sweep.hpp"
#include "gui/model/compared.hpp"
#include "sim/report/critical.hpp"

namespace kvfoot::gui {

struct TradePoint {
  std::string name;
  std::string name_in_files;  // in English
  WhatIf asked;
  double footprint = 0;
  double value = 0;  // of the metric
  bool current = false;
};

struct TradeOff {
  // "retained_mass" if the current scenario has it, else "peak_kv_bytes". Retained mass says how
  // much of full attention's mass lies on what is kept; it is no score.
  std::string metric;
  std::string swept;              // "snapkv over sparsity"; empty without a sweep
  std::vector<TradePoint> sweep;  // ascending footprints
  std::vector<TradePoint> alone;  // pins, then the current scenario; those with the metric
  std::optional<TradePoint> full;
  // With retained mass: kCriticalShare of full attention's, and where the sweep crosses it.
  std::optional<double> enough;
  std::optional<CriticalFootprint> critical;

  // Every point, the sweep first.
  [[nodiscard]] std::vector<const TradePoint*> points() const;
};

// `sweep` may be null. Without a current scenario there are no points.
[[nodiscard]] TradeOff trade_off(std::span<const Compared> scenarios, const BudgetSweep* sweep);

}  // namespace kvfoot::gui
