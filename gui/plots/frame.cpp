// Draws everything around the data.
#include "gui/plots/frame.hpp"

#include <algorithm>

#include "gui/plots/frame_metrics.hpp"

namespace kvfoot::plots {

QString label_with_unit(const Axis& axis, const TickSet& ticks) {
  const QString unit = to_qstring(ticks.unit);
  QString label = to_qstring(axis.label);
  if (unit.isEmpty()) {
    return label;
  }
  return label.isEmpty() ? unit : label + QStringLiteral(" (") + unit + QLatin1Char(')');
}

void draw_background(Canvas& canvas) {
  canvas.fill(canvas.rect(), to_qcolor(canvas.theme().background));
}

void draw_grid(Canvas& canvas, const Frame& frame, bool vertical, bool horizontal) {
  const QColor colour = to_qcolor(canvas.theme().grid);
  if (vertical) {
    for (const double value : frame.x_ticks.values) {
      const double x = frame.x_at(value);
      canvas.line({x, frame.plot.top()}, {x, frame.plot.bottom()}, colour, 0.8);
    }
  }
  if (horizontal) {
    for (const double value : frame.y_ticks.values) {
      const double y = frame.y_at(value);
      canvas.line({frame.plot.left(), y}, {frame.plot.right(), y}, colour, 0.8);
    }
  }
}

namespace {

void draw_ticks(Canvas& canvas, const Frame& frame) {
  const Theme& theme = canvas.theme();
  const QRectF& plot = frame.plot;
  const double half_cap = canvas.cap_height(TextKind::kTick) / 2;
  for (std::size_t i = 0; i < frame.x_ticks.values.size(); ++i) {
    const double x = frame.x_at(frame.x_ticks.values[i]);
    canvas.line({x, plot.bottom()}, {x, plot.bottom() + kTickLength}, to_qcolor(theme.axis), 0.8);
    canvas.text({x, plot.bottom() + kTickLength + kTickGap + canvas.ascent(TextKind::kTick) - 1},
                Align::kCentre, to_qstring(frame.x_ticks.labels[i]), TextKind::kTick, theme.text);
  }
  for (std::size_t i = 0; i < frame.y_ticks.values.size(); ++i) {
    const double y = frame.y_at(frame.y_ticks.values[i]);
    canvas.line({plot.left() - kTickLength, y}, {plot.left(), y}, to_qcolor(theme.axis), 0.8);
    canvas.text({plot.left() - kTickLength - kTickGap, y + half_cap}, Align::kRight,
                to_qstring(frame.y_ticks.labels[i]), TextKind::kTick, theme.text);
  }
  const double line = canvas.line_height(TextKind::kTick);
  const double row =
      plot.height() / static_cast<double>(std::max<std::size_t>(1, frame.row_names.size()));
  for (std::size_t i = 0; i < frame.row_names.size(); ++i) {
    const auto lines = static_cast<double>(frame.row_names[i].size());
    double baseline =
        plot.top() + row * (static_cast<double>(i) + 0.5) - line * (lines - 1) / 2 + half_cap;
    for (const QString& text : frame.row_names[i]) {
      canvas.text({plot.left() - kTickLength - kTickGap, baseline}, Align::kRight, text,
                  TextKind::kTick, theme.text);
      baseline += line;
    }
  }
}

void draw_heading(Canvas& canvas, const Frame& frame) {
  double y = canvas.rect().top() + kMargin;
  const auto write = [&](const QStringList& lines, TextKind kind, Rgb colour) {
    for (const QString& line : lines) {
      canvas.text({frame.plot.left(), y + canvas.ascent(kind)}, Align::kLeft, line, kind, colour);
      y += canvas.line_height(kind);
    }
  };
  write(frame.title, TextKind::kTitle, canvas.theme().text);
  write(frame.subtitle, TextKind::kSubtitle, canvas.theme().muted);
}

}  // namespace

double centre_within(const Canvas& canvas, const QString& label, double wanted, double low,
                     double high) {
  const double half = canvas.text_width(label, TextKind::kAxisLabel) / 2 + 2;
  return high - low < 2 * half ? (low + high) / 2 : std::clamp(wanted, low + half, high - half);
}

void draw_frame(Canvas& canvas, const Frame& frame, const FrameRequest& request) {
  const Theme& theme = canvas.theme();
  const QRectF& plot = frame.plot;
  canvas.line(plot.bottomLeft(), plot.bottomRight(), to_qcolor(theme.axis), 1);
  canvas.line(plot.topLeft(), plot.bottomLeft(), to_qcolor(theme.axis), 1);
  if (frame.tick_labels) {
    draw_ticks(canvas, frame);
  }
  if (frame.axis_labels) {
    const QRectF& all = canvas.rect();
    const double below = plot.bottom() + kTickLength + kTickGap + canvas.ascent(TextKind::kTick) +
                         kLabelGap / 2 + canvas.ascent(TextKind::kAxisLabel);
    const QString x_label = canvas.shorten(label_with_unit(request.x, frame.x_ticks),
                                           TextKind::kAxisLabel, all.width() - 4);
    canvas.text({centre_within(canvas, x_label, plot.center().x(), all.left(), all.right()), below},
                Align::kCentre, x_label, TextKind::kAxisLabel, theme.text);
    const QString y_label = canvas.shorten(label_with_unit(request.y, frame.y_ticks),
                                           TextKind::kAxisLabel, all.height() - 4);
    canvas.vertical_text(
        {all.left() + kMargin / 2 + canvas.ascent(TextKind::kAxisLabel),
         centre_within(canvas, y_label, plot.center().y(), all.top(), all.bottom())},
        y_label, TextKind::kAxisLabel, theme.text);
  }
  draw_heading(canvas, frame);
  draw_legend(canvas, request.legend, frame.legend, frame.legend_at);
}

}  // namespace kvfoot::plots
