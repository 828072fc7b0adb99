// Live, inactive and evicted entries over rows, with the numbers at the cursor.
#pragma once

#include "gui/model/workspace.hpp"
#include "gui/view/plot_widget.hpp"
#include "sim/report/plot_data.hpp"

namespace kvfoot::gui {

class TimelineView final : public PlotWidget {
  Q_OBJECT
 public:
  explicit TimelineView(Workspace& workspace, QWidget* parent = nullptr);

  void set_unit(EntryUnit unit);
  [[nodiscard]] EntryUnit unit() const { return unit_; }

 private:
  void rebuild();
  void follow_row();

  Workspace& workspace_;
  EntryUnit unit_ = EntryUnit::kGiB;
  OutcomePtr shown_;
};

}  // namespace kvfoot::gui
