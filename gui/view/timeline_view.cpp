// From an outcome to the stacked areas, and between the cursor and the workspace's row.
#include "gui/view/timeline_view.hpp"

#include <QKeyEvent>
#include <algorithm>
#include <cmath>

namespace kvfoot::gui {
namespace {

constexpr std::int64_t kLeastRows = 16;  // that zooming in shows

}  // namespace

TimelineView::TimelineView(Workspace& workspace, QWidget* parent)
    : PlotWidget(parent), workspace_(workspace) {
  setAccessibleName(tr("Timeline"));
  setAccessibleDescription(
      tr("Live, inactive and evicted entries over rows. Wheel or + and - zoom, F fits, D shows "
         "decode, Shift with "
         "arrows pans. A click or arrows choose the row."));
  set_empty_text(tr("Open a trace, or choose a shape, to see what stays resident."));
  set_zoomable(true, false);
  connect(&workspace_, &Workspace::outcome_changed, this, &TimelineView::rebuild);
  connect(&workspace_, &Workspace::row_changed, this, &TimelineView::follow_row);
  connect(this, &PlotWidget::clicked, this,
          [this](double x, double) { workspace_.set_row(row_of(x)); });
  rebuild();
}

void TimelineView::set_options(const TimelineOptions& options) {
  if (options_ != options) {
    const bool other_axis = options.seconds != options_.seconds;
    options_ = options;
    const OutcomePtr before = std::exchange(shown_, nullptr);
    rebuild();
    if (other_axis && before != nullptr) {
      fit();
    }
  }
}

bool TimelineView::in_seconds() const {
  return options_.seconds && shown_ != nullptr && shown_->replay.clock.has_value();
}

void TimelineView::rebuild() {
  const OutcomePtr& outcome = workspace_.outcome();
  if (outcome == nullptr || outcome == shown_) {
    return;
  }
  const bool other_length = shown_ == nullptr || options_.seconds ||
                            shown_->result.inputs.run.rows() != outcome->result.inputs.run.rows();
  shown_ = outcome;
  TimelineOptions options = options_;
  options.seconds = in_seconds();
  options.whole_memory = options_.whole_memory && !outcome->memory.empty();
  auto spec = timeline_spec(*outcome, options);
  if (!spec) {
    set_empty_text(QString::fromStdString(spec.error().message()));
    show_spec(std::nullopt, true);
    return;
  }
  const auto& areas = std::get<plots::StackedAreas>(spec->content);
  const plots::Range x{areas.series->x().front(), areas.series->x().back()};
  show_spec(std::move(*spec), other_length);
  set_limits(x, {0, 1});
  set_smallest(in_seconds() ? (x.high - x.low) / 1e4 : kLeastRows, 0);
  follow_row();
}

double TimelineView::place_of(std::int64_t row) const {
  return in_seconds() ? time_of_row(*shown_, row) : static_cast<double>(row);
}

std::int64_t TimelineView::row_of(double x) const {
  return in_seconds() ? row_at_time(*shown_, x) : std::llround(x);
}

void TimelineView::fit_decode() {
  if (shown_ == nullptr || spec() == nullptr || shown_->result.inputs.run.decode_rows() == 0) {
    return;
  }
  const RunLengths& run = shown_->result.inputs.run;
  // The row before shows what decode starts from; where that is too little, more of the prompt.
  std::int64_t first = std::max<std::int64_t>(run.prefill_rows() - 1, 0);
  if (!in_seconds()) {
    first = std::clamp<std::int64_t>(run.rows() - 1 - kLeastRows, 0, first);
  }
  const plots::Range decode{place_of(first), place_of(run.rows() - 1)};
  if (decode.low < decode.high) {  // a run of one row has nothing beside it
    set_view({decode, view().y});
  }
}

void TimelineView::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_D && event->modifiers() == Qt::NoModifier) {
    fit_decode();
  } else {
    PlotWidget::keyPressEvent(event);
  }
}

bool TimelineView::move_cursor(const CursorStep& step) {
  using Reach = CursorStep::Reach;
  const int direction = step.reach == Reach::kPage ? step.down : step.across;
  if (shown_ == nullptr || spec() == nullptr || direction == 0) {
    return false;
  }
  const std::int64_t last = shown_->result.inputs.run.rows() - 1;
  std::int64_t next = direction < 0 ? 0 : last;
  if (step.reach != Reach::kEnd) {
    // From where it is seen: at the edge of the picture if it stands beside it.
    const plots::Range shown = shown_x();
    const double at = std::clamp(place_of(std::min(workspace_.row(), last)), shown.low, shown.high);
    const std::int64_t row = row_of(at);
    const std::int64_t there = row_of(at + direction * step_across(step.reach));
    next = direction < 0 ? std::min(there, row - 1) : std::max(there, row + 1);
  }
  next = std::clamp<std::int64_t>(next, 0, last);
  workspace_.set_row(next);
  reveal(place_of(next), std::nullopt);
  return true;
}

void TimelineView::follow_row() {
  if (spec() == nullptr) {
    set_cursor(std::nullopt, std::nullopt);
    return;
  }
  const std::int64_t row = workspace_.row();
  const bool inside = row < shown_->result.inputs.run.rows();
  set_cursor(inside ? std::optional(place_of(row)) : std::nullopt, std::nullopt);
}

}  // namespace kvfoot::gui
