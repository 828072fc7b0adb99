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
  // Shows the decode rows alone: after a long prompt they are a sliver of the whole.
  void fit_decode();

 protected:
  bool move_cursor(const CursorStep& step) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void rebuild();
  void follow_row();
  [[nodiscard]] bool in_seconds() const;
  // Where a row stands on the axis, and the row that stands there.
  [[nodiscard]] double place_of(std::int64_t row) const;
  [[nodiscard]] std::int64_t row_of(double x) const;

  Workspace& workspace_;
  TimelineOptions options_;
  OutcomePtr shown_;
};

}  // namespace kvfoot::gui
