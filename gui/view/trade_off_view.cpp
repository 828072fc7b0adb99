// A plane of scenarios, and the sweep that draws its line.
#include "gui/view/trade_off_view.hpp"

#include <QKeyEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "gui/model/metric_text.hpp"
#include "gui/model/within_memory.hpp"
#include "gui/plots/from_report.hpp"
#include "gui/view/looks.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

constexpr double kReach = 14;  // pixels between pointer and point

std::string percent(const CriticalFootprint& critical) {
  CriticalFootprint shown = critical;
  shown.footprint *= 100;
  return to_string(shown, 1) + " %";
}

plots::LineSeries alone(std::string name, const TradePoint& point) {
  return {std::move(name), {point.footprint}, {point.value}};
}

}  // namespace

TradeOffView::TradeOffView(Workspace& workspace, QWidget* parent)
    : PlotWidget(parent), workspace_(workspace) {
  setAccessibleName(tr("Trade-off"));
  setAccessibleDescription(
      tr("Footprint against retained mass, a point per scenario. Arrows go from point to point, "
         "Enter loads one. Wheel or + and - zoom, F fits, Shift with arrows pans."));
  set_empty_text(tr("Open a trace to see what a smaller footprint costs in attention mass."));
  set_zoomable(true, true);
  set_smallest(0.005, 0);
  connect(&workspace_, &Workspace::outcome_changed, this, &TradeOffView::follow);
  connect(&workspace_, &Workspace::pins_changed, this, &TradeOffView::follow);
  connect(&workspace_, &Workspace::stopped, this, &TradeOffView::follow);
  connect(&sight_, &Sight::appeared, this, [this] {
    if (stale_ || error_) {
      follow();
    }
  });
  connect(&sight_, &Sight::vanished, this, [this] {
    if (worker_.busy()) {
      worker_.cancel();
      asked_.reset();
      stale_ = true;
    }
  });
  connect(this, &PlotWidget::hovered, this, [this](double x, double y) {
    const auto point = point_at(x, y);
    setCursor(point ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (std::exchange(marked_, point) != point) {
      update();
    }
  });
  connect(this, &PlotWidget::left, this, [this] {
    marked_.reset();
    update();
  });
  connect(this, &PlotWidget::clicked, this, [this](double x, double y) {
    if (const auto point = point_at(x, y)) {
      load(*point);
    }
  });
  rebuild();
}

void TradeOffView::follow() {
  stale_ = !sight_.seen();
  if (stale_) {
    return;
  }
  const OutcomePtr& outcome = workspace_.outcome();
  if (outcome != nullptr) {
    Key key{without_budget(outcome->asked), outcome->trace, outcome->result.inputs.shape};
    if (asked_ != key || error_) {  // what was in the way may be gone
      asked_ = std::move(key);
      sweep_.reset();
      error_.reset();
      worker_.request([this, what_if = outcome->asked,
                       sources = sources_](const std::atomic<bool>& cancel) {
        ReplayControl control;
        control.cancel = &cancel;
        auto sweep =
            within_memory(Error{short_name(what_if), "other budgets need more memory than there is",
                                "choose a shorter prompt or output", ErrorKind::kEnvironment},
                          [&] { return sweep_budget(what_if, *sources, control); });
        return Latest::Delivery([this, sweep = std::move(sweep)] {
          if (sweep) {
            sweep_ = *sweep;
          } else {
            error_ = sweep.error();
          }
          rebuild();
        });
      });
    }
  }
  rebuild();
}

std::string TradeOffView::subtitle() const {
  if (worker_.busy()) {
    return tr("Replaying other budgets …").toStdString();
  }
  if (error_) {
    return error_->message();
  }
  if (sweep_ == nullptr) {
    return {};
  }
  if (sweep_->param.empty()) {
    return tr("%1 has no budget; choose a policy that evicts to see its curve")
        .arg(QString::fromStdString(sweep_->around.policy.name))
        .toStdString();
  }
  QString text;
  if (plane_.critical) {
    text = tr("90 % of full attention's mass at a footprint of %1")
               .arg(QString::fromStdString(percent(*plane_.critical)));
  }
  if (!sweep_->failed.empty()) {
    text += (text.isEmpty() ? QString() : QStringLiteral(" · ")) +
            tr("%1 left out: %2")
                .arg(QString::number(sweep_->failed.size()),
                     QString::fromStdString(sweep_->failed.front().message()));
  }
  return text.toStdString();
}

void TradeOffView::rebuild() {
  const std::vector<Compared> scenarios = compared_scenarios(workspace_);
  plane_ = trade_off(scenarios, sweep_.get());
  marked_.reset();
  if (plane_.points().empty()) {
    if (workspace_.outcome() != nullptr &&
        workspace_.outcome()->asked.accounting == Accounting::kPaper) {
      set_empty_text(
          tr("The published closed forms know neither attention nor bytes. Choose exact "
             "accounting."));
    }
    show_spec(std::nullopt, true);
    return;
  }
  const bool mass = plane_.metric == "retained_mass";
  const MetricInfo& metric = *find_metric(plane_.metric);
  plots::LinePlot plot;
  plot.x = {metric_label(*find_metric("footprint")).toStdString(), plots::Quantity::kPercent};
  plot.y = {metric_label(metric).toStdString(),
            mass ? plots::Quantity::kPercent : plots::Quantity::kBytes};
  plot.y_from_zero = !mass;
  plots::LineSeries line;
  line.name = plane_.swept;
  for (const TradePoint& point : plane_.sweep) {
    line.x.push_back(point.footprint);
    line.y.push_back(point.value);
  }
  if (!line.x.empty()) {
    plot.series.push_back(std::move(line));
  }
  for (const TradePoint& point : plane_.alone) {
    plot.series.push_back(alone(
        point.current ? tr("current: %1").arg(QString::fromStdString(point.name)).toStdString()
                      : point.name,
        point));
  }
  const bool shown = plane_.full && std::ranges::any_of(plane_.alone, [&](const TradePoint& point) {
                       return point.asked == plane_.full->asked;
                     });
  if (plane_.full && !shown) {
    plot.series.push_back(alone(tr("full attention").toStdString(), *plane_.full));
  }
  if (plane_.enough) {
    plot.references.push_back({*plane_.enough, tr("90 % of full attention's").toStdString()});
  }
  if (plane_.critical && plane_.critical->censoring == Censoring::kNone) {
    plot.marks.push_back({plane_.critical->footprint, *plane_.enough, percent(*plane_.critical)});
  }
  const QString title = mass ? tr("Footprint against retained mass")
                             : tr("Footprint against peak memory (a trace gives retained mass)");
  const bool other = std::exchange(shown_metric_, plane_.metric) != plane_.metric;
  plots::PlotSpec spec{title.toStdString(), subtitle(), std::move(plot)};
  if (const Status sound = plots::check_spec(spec); !sound) {
    set_empty_text(QString::fromStdString(sound.error().message()));
    show_spec(std::nullopt, true);
    return;
  }
  show_spec(std::move(spec), other || view() == ViewRange{});
}

std::optional<std::size_t> TradeOffView::point_at(double x, double y) const {
  const QPointF there = geometry()->to_pixel(x, y);
  std::optional<std::size_t> nearest;
  double least = kReach;
  const auto points = plane_.points();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const QPointF gap = geometry()->to_pixel(points[i]->footprint, points[i]->value) - there;
    if (const double distance = std::hypot(gap.x(), gap.y()); distance < least) {
      least = distance;
      nearest = i;
    }
  }
  return nearest;
}

void TradeOffView::load(std::size_t point) {
  const WhatIf asked = plane_.points()[point]->asked;  // outlives the picture that changes
  workspace_.edit(asked, tr("Load a point of the trade-off"));
  workspace_.end_edit();
}

void TradeOffView::keyPressEvent(QKeyEvent* event) {
  const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  if (enter && marked_) {
    load(*marked_);
  } else if (event->key() == Qt::Key_Escape && marked_) {
    marked_.reset();
    update();
  } else {
    PlotWidget::keyPressEvent(event);
  }
}

bool TradeOffView::move_cursor(const CursorStep& step) {
  const auto points = plane_.points();
  if (points.empty()) {
    return false;
  }
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return points[i]->footprint; });
  const std::ptrdiff_t last = std::ssize(order) - 1;
  const int direction = step.across + step.down;
  std::ptrdiff_t at = direction < 0 ? 0 : last;
  if (step.reach != CursorStep::Reach::kEnd) {
    const std::ptrdiff_t before = direction > 0 ? -1 : last + 1;
    const auto from = marked_ ? std::ranges::find(order, *marked_) - order.begin() : before;
    at = std::clamp<std::ptrdiff_t>(from + direction, 0, last);
  }
  marked_ = order[static_cast<std::size_t>(at)];
  reveal(points[*marked_]->footprint, points[*marked_]->value);
  update();
  return true;
}

void TradeOffView::paint_overlay(QPainter& painter, const plots::PlotGeometry& geometry) {
  if (view() == ViewRange{}) {  // known only now: zooming out ends at the fitted picture
    set_limits(geometry.x.range(), geometry.y.range());
  }
  if (!marked_) {
    return;
  }
  const plots::Theme theme = theme_of(*this);
  const TradePoint& point = *plane_.points()[*marked_];
  const QPointF at = geometry.to_pixel(point.footprint, point.value);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(plots::to_qcolor(theme.text), 2));
  painter.drawEllipse(at, 8, 8);
  ReadOut box(QString::fromStdString(point.name));
  const MetricInfo& metric = *find_metric(plane_.metric);
  box.add({}, metric_label(*find_metric("footprint")),
          QString::fromStdString(format_percent(point.footprint)));
  const MetricValue value =
      metric.integer ? MetricValue{std::llround(point.value)} : MetricValue{point.value};
  box.add({}, metric_label(metric), metric_text(metric, value));
  box.paint(painter, theme, geometry.plot, rect(), at.x());
}

}  // namespace kvfoot::gui
