// From outcomes to lines and bars.
#include "gui/view/compare_plots.hpp"

#include <QPainter>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/model/number_text.hpp"
#include "gui/plots/from_report.hpp"
#include "gui/plots/numbers.hpp"
#include "gui/view/looks.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

double in_unit(const TimelinePoint& point, OverlayTimelines::Unit unit, std::int64_t streams) {
  const auto entries = static_cast<double>(point.live + point.inactive);
  switch (unit) {
    case OverlayTimelines::Unit::kKvBytes:
      return static_cast<double>(point.resident_bytes);
    case OverlayTimelines::Unit::kEntriesPerStream:
      return entries / static_cast<double>(streams);
    case OverlayTimelines::Unit::kEntries:
      return entries;
  }
  return entries;
}

struct Part {
  const char* metric;
  const char* name;
};

}  // namespace

OverlayTimelines::OverlayTimelines(QWidget* parent) : PlotWidget(parent) {
  setAccessibleName(tr("Timelines of the compared scenarios"));
  setAccessibleDescription(tr(
      "What is resident over rows, a line per scenario. Wheel or + and - zoom, F fits, Shift with "
      "arrows pans. Arrows go from row to row and show its numbers."));
  set_empty_text(tr("Pin a scenario, then change it: both timelines appear here."));
  set_zoomable(true, false);
  set_smallest(16, 0);
  connect(this, &PlotWidget::hovered, this, [this](double x, double) {
    const std::int64_t last = std::max<std::int64_t>(rows_ - 1, 0);
    const std::int64_t row = std::clamp<std::int64_t>(std::llround(x), 0, last);
    if (row != read_row_) {
      read_row_ = row;
      update();
    }
  });
  connect(this, &PlotWidget::left, this, [this] {
    read_row_.reset();
    update();
  });
}

void OverlayTimelines::set_scenarios(const std::vector<Compared>& scenarios) {
  scenarios_ = scenarios;
  std::int64_t longest = 0;
  for (const Compared& scenario : scenarios_) {
    longest = std::max(longest, scenario.outcome->result.inputs.run.rows());
  }
  const bool other_length = std::exchange(rows_, longest) != longest;
  if (read_row_ >= rows_) {
    read_row_.reset();  // of a longer run before
  }
  rebuild(other_length);
}

void OverlayTimelines::set_unit(Unit unit) {
  if (std::exchange(unit_, unit) != unit) {
    rebuild(false);
  }
}

std::optional<double> OverlayTimelines::resident(std::size_t i, std::int64_t row) const {
  const Outcome& outcome = *scenarios_[i].outcome;
  if (!outcome.replay.profile || row < 0 || row >= outcome.result.inputs.run.rows()) {
    return std::nullopt;
  }
  return in_unit(outcome.replay.profile->at(row), unit_, outcome.streams());
}

void OverlayTimelines::rebuild(bool refit) {
  plots::LinePlot lines;
  lines.x = {tr("Row (query position)").toStdString(), plots::Quantity::kTokens};
  switch (unit_) {
    case Unit::kKvBytes:
      lines.y = {tr("KV, whole pages").toStdString(), plots::Quantity::kBytes};
      break;
    case Unit::kEntriesPerStream:
      lines.y = {tr("Resident entries per stream").toStdString(), plots::Quantity::kTokens};
      break;
    case Unit::kEntries:
      lines.y = {tr("Resident entries").toStdString(), plots::Quantity::kCount};
      break;
  }
  bool any = false;
  for (const Compared& scenario : scenarios_) {
    const Outcome& outcome = *scenario.outcome;
    // Without a timeline it keeps its place, and with it the others keep their colours.
    plots::LineSeries series;
    series.name =
        outcome.timeline.empty()
            ? tr("%1 (no timeline)").arg(QString::fromStdString(scenario.name())).toStdString()
            : scenario.name();
    for (const TimelinePoint& point : outcome.timeline) {
      series.x.push_back(static_cast<double>(point.row));
      series.y.push_back(in_unit(point, unit_, outcome.streams()));
    }
    any = any || !outcome.timeline.empty();
    series.style = scenario.style;
    lines.series.push_back(std::move(series));
  }
  if (!any) {
    if (!scenarios_.empty()) {
      set_empty_text(tr("The published closed forms give no timeline. Choose exact accounting."));
    }
    show_spec(std::nullopt, true);
    return;
  }
  show_spec(plots::PlotSpec{tr("Resident over rows").toStdString(), "", std::move(lines)}, refit);
  set_limits({0, static_cast<double>(std::max<std::int64_t>(rows_ - 1, 1))}, {0, 1});
}

bool OverlayTimelines::move_cursor(const CursorStep& step) {
  using Reach = CursorStep::Reach;
  const int direction = step.reach == Reach::kPage ? step.down : step.across;
  if (spec() == nullptr || direction == 0) {
    return false;
  }
  const auto last = static_cast<double>(rows_ - 1);
  double row = direction < 0 ? 0 : last;
  if (step.reach != Reach::kEnd) {
    const plots::Range shown = shown_x();
    const double from = read_row_ ? static_cast<double>(*read_row_) : (shown.low + shown.high) / 2;
    const double length = std::max(1.0, std::round(step_across(step.reach)));
    row = std::round(std::clamp(from, shown.low, shown.high)) + direction * length;
  }
  read_row_ = std::llround(std::clamp(row, 0.0, last));
  reveal(static_cast<double>(*read_row_), std::nullopt);
  update();
  return true;
}

void OverlayTimelines::paint_overlay(QPainter& painter, const plots::PlotGeometry& geometry) {
  if (!read_row_ || spec() == nullptr) {
    return;
  }
  const auto& lines = std::get<plots::LinePlot>(spec()->content);
  const double unit = plots::unit_value(lines);
  ReadOut box(tr("row %1").arg(count_text(*read_row_)));
  const plots::Theme theme = theme_of(*this);
  for (std::size_t i = 0; i < scenarios_.size(); ++i) {
    const auto value = resident(i, *read_row_);
    box.add(plots::to_qcolor(theme.series(scenarios_[i].style)),
            QString::fromStdString(scenarios_[i].name()),
            value ? QString::fromStdString(plots::format_quantity(*value, lines.y.quantity, unit))
                  : QStringLiteral("–"));
  }
  const double x = geometry.to_pixel(static_cast<double>(*read_row_), 0).x();
  painter.setPen(QPen(plots::to_qcolor(theme.muted), 1, Qt::DotLine));
  painter.drawLine(QPointF(x, geometry.plot.top()), QPointF(x, geometry.plot.bottom()));
  box.paint(painter, theme, geometry.plot, rect(), x);
}

PeakBars::PeakBars(QWidget* parent) : PlotWidget(parent) {
  setAccessibleName(tr("Memory at the peak"));
  setAccessibleDescription(
      tr("What memory is made of where it peaks, a bar per scenario. Arrows go from bar to bar and "
         "show its numbers."));
  set_empty_text(tr("Pin a scenario, then change it: both peaks appear here."));
  set_zoomable(false, false);
  connect(this, &PlotWidget::hovered, this,
          [this](double, double y) { read(y < 0 ? 0 : static_cast<std::size_t>(y)); });
  connect(this, &PlotWidget::left, this, [this] { read(std::nullopt); });
}

const plots::BarChart* PeakBars::chart() const {
  return spec() == nullptr ? nullptr : &std::get<plots::BarChart>(spec()->content);
}

plots::PlotSpec PeakBars::exported_spec() const {
  plots::PlotSpec exported = PlotWidget::exported_spec();
  exported.subtitle.clear();  // the names have it
  auto& bars = std::get<plots::BarChart>(exported.content).bars;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    bars[i].name = full_names_[i];
  }
  return exported;
}

void PeakBars::read(std::optional<std::size_t> bar) {
  const std::size_t bars = chart() == nullptr ? 0 : chart()->bars.size();
  read_bar_ = bar && bars > 0 ? std::optional(std::min(*bar, bars - 1)) : std::nullopt;
  update();
}

bool PeakBars::move_cursor(const CursorStep& step) {
  if (chart() == nullptr) {
    return false;
  }
  const auto last = static_cast<std::ptrdiff_t>(chart()->bars.size()) - 1;
  const int direction = step.across + step.down;
  std::ptrdiff_t next = direction < 0 ? 0 : last;
  if (step.reach == CursorStep::Reach::kStep) {
    const auto from = read_bar_ ? static_cast<std::ptrdiff_t>(*read_bar_) : -1;
    next = std::clamp<std::ptrdiff_t>(from + direction, 0, last);
  }
  read(static_cast<std::size_t>(next));
  return true;
}

void PeakBars::paint_overlay(QPainter& painter, const plots::PlotGeometry& geometry) {
  if (!read_bar_ || chart() == nullptr) {
    return;
  }
  const plots::BarChart& bars = *chart();
  const plots::Bar& bar = bars.bars[*read_bar_];
  const plots::Theme theme = theme_of(*this);
  const double unit = plots::unit_value(bars);
  const auto bytes = [&](double value) {
    return QString::fromStdString(plots::format_quantity(value, bars.x.quantity, unit));
  };
  ReadOut box(QString::fromStdString(full_names_[*read_bar_]));
  double total = 0;
  for (std::size_t i = 0; i < bars.parts.size(); ++i) {
    box.add(plots::to_qcolor(theme.role(bars.parts[i].role)),
            QString::fromStdString(bars.parts[i].name), bytes(bar.values[i]));
    total += bar.values[i];
  }
  box.add({}, tr("together"), bytes(total));
  box.paint(painter, theme, geometry.plot, rect(), geometry.to_pixel(total, 0).x());
}

void PeakBars::set_scenarios(const std::vector<Compared>& scenarios) {
  read_bar_.reset();
  full_names_.clear();
  if (scenarios.empty()) {
    show_spec(std::nullopt, true);
    return;
  }
  const bool whole = std::ranges::all_of(scenarios, [](const Compared& scenario) {
    return scenario.outcome->result.metrics.peak_total_bytes.has_value();
  });
  // Little room stands beside bars: only what tells them apart.
  const ShortNames names = short_names(scenarios);
  BarFigure figure;
  figure.unit = MetricUnit::kBytes;
  const auto add = [&](std::size_t i, std::vector<double> values) {
    figure.bars.push_back({names.names[i], std::move(values)});
    full_names_.push_back(scenarios[i].name());
  };
  const auto number = [](const Compared& scenario, const char* name) -> std::optional<double> {
    const auto value = find_metric(name)->get(scenario.outcome->result.metrics);
    return value ? std::optional(as_double(*value)) : std::nullopt;
  };
  if (whole) {
    figure.title = tr("Peak memory").toStdString();
    figure.axis = tr("Peak memory").toStdString();
    const Part parts[] = {{"peak_total_weight_bytes", QT_TR_NOOP("weights")},
                          {"peak_total_kv_bytes", QT_TR_NOOP("KV")},
                          {"peak_total_activation_bytes", QT_TR_NOOP("activations")},
                          {"peak_total_workspace_bytes", QT_TR_NOOP("workspace")},
                          {"peak_total_logits_bytes", QT_TR_NOOP("logits")}};
    for (const Part& part : parts) {
      figure.parts.push_back(tr(part.name).toStdString());
    }
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
      std::vector<double> values;
      for (const Part& part : parts) {
        values.push_back(number(scenarios[i], part.metric).value_or(0));
      }
      add(i, std::move(values));
    }
  } else {
    figure.title = tr("Peak KV").toStdString();
    figure.axis = tr("Peak KV, whole pages").toStdString();
    figure.parts = {tr("in use").toStdString(), tr("empty").toStdString()};
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
      const auto peak = number(scenarios[i], "peak_kv_bytes");
      const auto waste = number(scenarios[i], "page_waste_bytes");
      if (peak) {  // the published closed forms know no bytes
        add(i, {*peak - waste.value_or(0), waste.value_or(0)});
      }
    }
  }
  if (figure.bars.empty()) {
    set_empty_text(tr("The published closed forms know no bytes. Choose exact accounting."));
    show_spec(std::nullopt, true);
    return;
  }
  plots::PlotSpec spec = plots::bar_plot(figure);
  spec.subtitle = names.before;
  auto& chart = std::get<plots::BarChart>(spec.content);
  if (!whole) {
    chart.parts[0].role = plots::Role::kLive;
    chart.parts[1].role = plots::Role::kEvicted;
  }
  show_spec(std::move(spec), true);
}

}  // namespace kvfoot::gui
