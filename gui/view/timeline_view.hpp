// Live, inactive and evicted entries over rows or seconds.
#pragma once

#include "gui/model/workspace.hpp"
#include "gui/view/plot_widget.hpp"
#include "gui/view/timeline_spec.hpp"

namespace kvfoot::gui {

class TimelineView final : public PlotWidget {
  Q_OBJECT
 public:
  explicit TimelineView(Workspace& workspace, QWidget* parent = nullptr);

  void set_options(const TimelineOptions& options);
  [[nodiscard]] const TimelineOptions& options() const { return options_; }

 private:
  void rebuild();
  void follow_row();
  void choose(double x);
  [[nodiscard]] bool in_seconds() const;

  Workspace& workspace_;
  TimelineOptions options_;
  OutcomePtr shown_;
};

}  // namespace kvfoot::gui
