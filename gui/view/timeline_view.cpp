// From an outcome to the stacked areas.
#include "gui/view/timeline_view.hpp"

#include <cmath>

#include "gui/plots/from_report.hpp"

namespace kvfoot::gui {

TimelineView::TimelineView(Workspace& workspace, QWidget* parent)
    : PlotWidget(parent), workspace_(workspace) {
  setAccessibleName(tr("Timeline"));
  setAccessibleDescription(tr(
      "Live, inactive and evicted entries over rows. Wheel or + and - zoom, arrows pan, F fits."));
  set_empty_text(tr("Open a trace, or choose a shape, to see what stays resident."));
  set_zoomable(true, false);
  set_smallest(16, 0);
  connect(&workspace_, &Workspace::outcome_changed, this, &TimelineView::rebuild);
  connect(&workspace_, &Workspace::row_changed, this, &TimelineView::follow_row);
  connect(this, &PlotWidget::clicked, this,
          [this](double x, double) { workspace_.set_row(std::llround(x)); });
  rebuild();
}

void TimelineView::set_unit(EntryUnit unit) {
  if (unit_ != unit) {
    unit_ = unit;
    shown_.reset();
    rebuild();
  }
}

void TimelineView::rebuild() {
  const OutcomePtr& outcome = workspace_.outcome();
  if (outcome == nullptr || outcome == shown_) {
    return;
  }
  const bool other_length =
      shown_ == nullptr || shown_->result.inputs.run.rows() != outcome->result.inputs.run.rows();
  shown_ = outcome;
  if (outcome->timeline.empty()) {
    set_empty_text(tr("The published closed forms give no timeline. Choose exact accounting."));
    show_spec(std::nullopt, true);
    return;
  }
  auto spec =
      plots::timeline_plot(outcome->timeline, outcome->result.inputs, outcome->streams(), unit_);
  if (!spec) {
    set_empty_text(QString::fromStdString(spec.error().message()));
    show_spec(std::nullopt, true);
    return;
  }
  const auto& areas = std::get<plots::StackedAreas>(spec->content);
  const plots::Range x{areas.series->x().front(), areas.series->x().back()};
  show_spec(std::move(*spec), other_length);
  set_limits(x, {0, 1});
  follow_row();
}

void TimelineView::follow_row() {
  set_cursor(
      spec() == nullptr ? std::nullopt : std::optional(static_cast<double>(workspace_.row())),
      std::nullopt);
}

}  // namespace kvfoot::gui
