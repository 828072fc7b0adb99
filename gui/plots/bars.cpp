// Horizontal stacked bars: what is resident at the peak, scenario by scenario.
#include <algorithm>

#include "gui/plots/kinds.hpp"

namespace kvfoot::plots {
namespace {

constexpr double kThickest = 34;  // pixels
constexpr double kRowHeight = 52;
constexpr double kGap = 5;  // between a bar and its total

double total_of(const Bar& bar) {
  double total = 0;
  for (const double value : bar.values) {
    total += value;
  }
  return total;
}

QString total_text(double total, const BarChart& chart) {
  return to_qstring(format_quantity(total, chart.x.quantity, unit_value(chart)));
}

FrameRequest request_for(const Canvas& canvas, const PlotSpec& spec, const BarChart& chart) {
  FrameRequest request;
  request.title = spec.title;
  request.subtitle = spec.subtitle;
  request.x = chart.x;
  request.x.unit_of = unit_value(chart);
  double highest = 0;
  for (const Bar& bar : chart.bars) {
    highest = std::max(highest, total_of(bar));
    request.row_names.push_back(bar.name);
  }
  request.x_range = chart.x.range.value_or(Range{0, highest > 0 ? highest : 1});
  request.y_range = {0, static_cast<double>(chart.bars.size())};
  request.y_down = true;
  request.largest.setHeight(static_cast<double>(chart.bars.size()) * kRowHeight);
  for (const BarPart& part : chart.parts) {
    if (chart.parts.size() == 1) {
      break;  // the axis says what it is
    }
    request.legend.push_back(
        {LegendItem::Kind::kBox, to_qstring(part.name), canvas.theme().role(part.role), 0, false});
  }
  return request;
}

// Extends the axis to the right until the totals fit behind their bars.
void make_room(const Canvas& canvas, const BarChart& chart, double width, FrameRequest& request) {
  if (chart.x.range) {
    return;
  }
  double highest = 0;
  double widest = 0;
  for (const Bar& bar : chart.bars) {
    const double total = total_of(bar);
    highest = std::max(highest, total);
    widest = std::max(widest, canvas.text_width(total_text(total, chart), TextKind::kNote));
  }
  const double room = std::min(widest + 2 * kGap, 0.7 * width);
  if (highest > 0 && width > 0) {
    request.x_range.high = highest * width / (width - room);
  }
}

}  // namespace

QSizeF natural_size(const BarChart& chart) {
  // Title and axis; a legend.
  const double around = chart.parts.size() == 1 ? 96 : 130;
  return {640,
          std::clamp(around + static_cast<double>(chart.bars.size()) * kRowHeight, 180.0, 1200.0)};
}

Frame paint(Canvas& canvas, const PlotSpec& spec, const BarChart& chart) {
  FrameRequest request = request_for(canvas, spec, chart);
  make_room(canvas, chart, lay_out(canvas, request).plot.width(), request);
  const Frame frame = lay_out(canvas, request);
  draw_grid(canvas, frame, true, false);
  const double row = frame.plot.height() / static_cast<double>(chart.bars.size());
  const double thick = std::min(row * 0.68, kThickest);
  const bool numbers = frame.tick_labels && row >= canvas.line_height(TextKind::kNote);
  canvas.painter().save();
  canvas.painter().setClipRect(frame.plot);
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const double middle = frame.plot.top() + row * (static_cast<double>(i) + 0.5);
    double sum = 0;
    for (std::size_t k = 0; k < chart.parts.size(); ++k) {
      const double from = frame.x_at(sum);
      sum += chart.bars[i].values[k];
      canvas.fill(
          QRectF(QPointF(from, middle - thick / 2), QPointF(frame.x_at(sum), middle + thick / 2)),
          to_qcolor(canvas.theme().role(chart.parts[k].role)));
    }
    if (numbers) {
      canvas.text({frame.x_at(sum) + kGap, middle + canvas.cap_height(TextKind::kNote) / 2},
                  Align::kLeft, total_text(sum, chart), TextKind::kNote, canvas.theme().text);
    }
  }
  canvas.painter().restore();
  draw_frame(canvas, frame, request);
  return frame;
}

}  // namespace kvfoot::plots
