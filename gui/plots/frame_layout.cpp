// Measures everything around the data and gives the rest to the plot.
#include "gui/plots/frame.hpp"
#include "gui/plots/frame_metrics.hpp"

#include <algorithm>
#include <cmath>

namespace kvfoot::plots {
namespace {

// What is still drawn; a small canvas gives up one after the other.
struct Detail {
  bool title = true;   // the axes say nearly as much
  bool legend = true;  // without it colours mean nothing
  bool axis_labels = true;
  bool tick_labels = true;
};

TickSet fixed_ticks(const Axis& axis, const Range& range, const TickSet& chosen) {
  TickSet ticks;
  ticks.unit = chosen.unit;
  for (const AxisTick& tick : axis.ticks) {
    if (tick.value >= range.low && tick.value <= range.high) {
      ticks.values.push_back(tick.value);
      ticks.labels.push_back(tick.label);
    }
  }
  return ticks;
}

// Ticks whose labels do not touch along `length` pixels.
TickSet fitting_ticks(const Canvas& canvas, const Axis& axis, const AxisScale& scale, double length,
                      bool horizontal) {
  const double line = canvas.line_height(TextKind::kTick);
  const auto extent = [&](const std::string& label) {
    return horizontal ? canvas.text_width(to_qstring(label), TextKind::kTick) + 10 : line + 2;
  };
  const bool whole = axis.quantity == Quantity::kIndex;  // short numbers may stand closer
  const double spacing = horizontal ? (whole ? 30 : 56) : (whole ? 18 : 30);
  const int most = std::clamp(static_cast<int>(length / spacing), 2, 12);
  TickSet ticks;
  for (int count = most; count >= 2; --count) {
    ticks = choose_ticks(scale.range(), axis.quantity, scale.scale(), count, axis.unit_of);
    bool touching = false;
    for (std::size_t i = 1; i < ticks.values.size(); ++i) {
      const double gap =
          length * (scale.to_unit(ticks.values[i]) - scale.to_unit(ticks.values[i - 1]));
      touching |= gap < (extent(ticks.labels[i]) + extent(ticks.labels[i - 1])) / 2;
    }
    if (!touching) {
      break;
    }
  }
  if (!axis.ticks.empty()) {
    ticks = fixed_ticks(axis, scale.range(), ticks);
  }
  // Ticks that are given, or too few to leave out more of them.
  double free_from = -1e9;
  for (std::size_t i = 0; i < ticks.values.size(); ++i) {
    const double at = length * scale.to_unit(ticks.values[i]);
    const double half = extent(ticks.labels[i]) / 2;
    if (at - half < free_from) {
      ticks.labels[i].clear();  // the mark stays
    } else {
      free_from = at + half;
    }
  }
  return ticks;
}

double widest(const Canvas& canvas, const std::vector<std::string>& labels) {
  double width = 0;
  for (const std::string& label : labels) {
    width = std::max(width, canvas.text_width(to_qstring(label), TextKind::kTick));
  }
  return width;
}

// Row names of a bar chart, broken to at most a third of the canvas.
double wrap_rows(const Canvas& canvas, const FrameRequest& request, double row_height,
                 Frame& frame) {
  frame.row_names.clear();
  double width = 0;
  const int lines = static_cast<int>(row_height / canvas.line_height(TextKind::kTick));
  for (const std::string& name : request.row_names) {
    frame.row_names.push_back(canvas.wrap(to_qstring(name), TextKind::kTick,
                                          canvas.rect().width() * 0.34, std::clamp(lines, 1, 3)));
    for (const QString& line : frame.row_names.back()) {
      width = std::max(width, canvas.text_width(line, TextKind::kTick));
    }
  }
  return width;
}

struct Margins {
  double left = kMargin;
  double top = kMargin;
  double right = kMargin;
  double bottom = kMargin;
};

// Above the plot or beside it, whichever leaves more room to the data.
void place_legend(const Canvas& canvas, const FrameRequest& request, Margins& next, Frame& frame) {
  if (request.legend.empty()) {
    return;
  }
  const QRectF& all = canvas.rect();
  const double width = all.width() - next.left - next.right;
  const double height = all.height() - next.top - next.bottom;
  const LegendLayout rows = legend_in_rows(canvas, request.legend, width);
  const LegendLayout column = legend_in_column(canvas, request.legend, 0.36 * all.width(), height);
  const double area_below_rows = width * (height - rows.size.height() - kLabelGap);
  const double area_beside_column = (width - column.size.width() - kMargin) * height;
  if (area_below_rows >= area_beside_column) {
    frame.legend = rows;
    frame.legend_at = all.topLeft() + QPointF(next.left, next.top);
    next.top += rows.size.height() + kLabelGap;
  } else {
    frame.legend = column;
    frame.legend_at = {all.right() - kMargin - column.size.width(), all.top() + next.top};
    next.right += column.size.width() + kMargin;
  }
}

// One pass: margins of the last pass give the plot area, ticks that fit it give the next margins.
Margins measure(const Canvas& canvas, const FrameRequest& request, const Detail& detail,
                const Margins& last, Frame& frame) {
  const QRectF area = canvas.rect().adjusted(last.left, last.top, -last.right, -last.bottom);
  Margins next;
  if (detail.tick_labels) {
    const double height = std::max(area.height(), 1.0);
    const double width = std::max(area.width(), 1.0);
    frame.y_ticks = fitting_ticks(canvas, request.y, frame.y, height, false);
    frame.x_ticks = fitting_ticks(canvas, request.x, frame.x, width, true);
    next.left += kTickLength + kTickGap;
    if (request.row_names.empty()) {
      next.left += widest(canvas, frame.y_ticks.labels);
    } else {
      frame.y_ticks = {};
      next.left +=
          wrap_rows(canvas, request, height / static_cast<double>(request.row_names.size()), frame);
    }
    next.bottom += kTickLength + kTickGap + canvas.ascent(TextKind::kTick);
    if (!frame.x_ticks.labels.empty()) {
      // The last label may stand out beyond the end of the axis.
      const double half =
          canvas.text_width(to_qstring(frame.x_ticks.labels.back()), TextKind::kTick) / 2;
      const double beyond = (1 - frame.x.to_unit(frame.x_ticks.values.back())) * width;
      next.right += std::max(0.0, half - beyond - kMargin / 2);
    }
  }
  if (detail.axis_labels) {
    const double line = canvas.line_height(TextKind::kAxisLabel);
    next.bottom += label_with_unit(request.x, frame.x_ticks).isEmpty() ? 0 : line + kLabelGap / 2;
    next.left += label_with_unit(request.y, frame.y_ticks).isEmpty() ? 0 : line + kLabelGap;
  }
  next.right += request.right_room;
  const double text_width = canvas.rect().width() - next.left - kMargin;
  frame.title.clear();
  frame.subtitle.clear();
  frame.legend = {};
  if (detail.title) {
    frame.title = canvas.wrap(to_qstring(request.title), TextKind::kTitle, text_width, 2);
    frame.subtitle = canvas.wrap(to_qstring(request.subtitle), TextKind::kSubtitle, text_width, 2);
    next.top += static_cast<double>(frame.title.size()) * canvas.line_height(TextKind::kTitle);
    next.top +=
        static_cast<double>(frame.subtitle.size()) * canvas.line_height(TextKind::kSubtitle);
    next.top += frame.title.isEmpty() && frame.subtitle.isEmpty() ? 0 : kLabelGap;
  }
  if (detail.legend) {
    place_legend(canvas, request, next, frame);
  }
  return next;
}

}  // namespace

double Frame::x_at(double value) const { return plot.left() + x.to_unit(value) * plot.width(); }

double Frame::y_at(double value) const {
  const double unit = y.to_unit(value);
  return y_down ? plot.top() + unit * plot.height() : plot.bottom() - unit * plot.height();
}

Frame lay_out(const Canvas& canvas, const FrameRequest& request) {
  Frame frame;
  frame.x = AxisScale(request.x_range, request.x.scale);
  frame.y = AxisScale(request.y_range, request.y.scale);
  frame.y_down = request.y_down;
  Detail detail;
  for (int given_up = 0; given_up <= 4; ++given_up) {
    detail.title = given_up < 1;
    detail.legend = given_up < 2;
    detail.axis_labels = given_up < 3;
    detail.tick_labels = given_up < 4;
    frame.x_ticks = {};
    frame.y_ticks = {};
    Margins margins;
    for (int pass = 0; pass < 3; ++pass) {
      margins = measure(canvas, request, detail, margins, frame);
    }
    QRectF area =
        canvas.rect().adjusted(margins.left, margins.top, -margins.right, -margins.bottom);
    const bool roomy = area.width() >= 60 && area.height() >= 40;
    if (!roomy && given_up < 4) {
      continue;
    }
    if (!roomy) {  // nothing but data
      area = canvas.rect().adjusted(1, 1, -1, -1);
    }
    double width = std::min(area.width(), request.largest.width());
    double height = std::min(area.height(), request.largest.height());
    if (request.square) {
      width = height = std::min(width, height);
    }
    // Whole pixels keep thin lines crisp.
    frame.plot = QRectF(std::round(area.left()), std::round(area.top()),
                        std::max(1.0, std::floor(width)), std::max(1.0, std::floor(height)));
    break;
  }
  frame.axis_labels = detail.axis_labels;
  frame.tick_labels = detail.tick_labels;
  if (frame.tick_labels && (request.square || request.largest.width() < 1e6)) {
    frame.x_ticks = fitting_ticks(canvas, request.x, frame.x, frame.plot.width(), true);
    if (request.row_names.empty()) {
      frame.y_ticks = fitting_ticks(canvas, request.y, frame.y, frame.plot.height(), false);
    }
  }
  if (request.square && frame.x.range() == frame.y.range()) {
    // Both axes count the same thing, so they are marked alike.
    TickSet& coarser =
        frame.x_ticks.values.size() < frame.y_ticks.values.size() ? frame.x_ticks : frame.y_ticks;
    frame.x_ticks = frame.y_ticks = TickSet(coarser);
  }
  return frame;
}

}  // namespace kvfoot::plots
