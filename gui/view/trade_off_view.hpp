// Footprint against retained mass: pins, the current scenario, and its policy at other budgets.
#pragma once

#include <optional>

#include "gui/model/latest.hpp"
#include "gui/model/trade_off.hpp"
#include "gui/model/workspace.hpp"
#include "gui/view/plot_widget.hpp"
#include "gui/view/sight.hpp"

namespace kvfoot::gui {

// Works only while it can be seen. A click on a point loads its scenario; arrows go from point to
// point, smaller footprints first, Enter loads.
class TradeOffView final : public PlotWidget {
  Q_OBJECT
 public:
  explicit TradeOffView(Workspace& workspace, QWidget* parent = nullptr);

  [[nodiscard]] const TradeOff& plane() const { return plane_; }
  [[nodiscard]] const BudgetSweepPtr& sweep() const { return sweep_; }
  [[nodiscard]] bool busy() const { return worker_.busy(); }

 protected:
  void paint_overlay(QPainter& painter, const plots::PlotGeometry& geometry) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool move_cursor(const CursorStep& step) override;

 private:
  void follow();   // the workspace: sweeps anew if other budgets would give something else
  void rebuild();  // the picture
  void load(std::size_t point);
  [[nodiscard]] std::string subtitle() const;
  // The point within reach of a place in the picture.
  [[nodiscard]] std::optional<std::size_t> point_at(double x, double y) const;

  // What a sweep depends on.
  struct Key {
    WhatIf rest;
    std::shared_ptr<const TraceReader> trace;
    ModelShape shape;
    friend bool operator==(const Key&, const Key&) = default;
  };

  Workspace& workspace_;
  Sight sight_{*this};
  bool stale_ = true;  // what is drawn is of before it vanished
  std::shared_ptr<SourceCache> sources_ = std::make_shared<SourceCache>();  // of the worker
  std::optional<Key> asked_;
  BudgetSweepPtr sweep_;
  std::optional<Error> error_;
  TradeOff plane_;
  std::string shown_metric_;
  std::optional<std::size_t> marked_;  // under the pointer, or where the keyboard is
  Latest worker_;
};

}  // namespace kvfoot::gui
