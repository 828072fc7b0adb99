// Horizontal stacked bars: what is resident at the peak, scenario by scenario.
#include <algorithm>

#include "gui/plots/kinds.hpp"

namespace kvfoot::plots {
namespace {

constexpr double kThickest = 34;  // pixels
constexpr double kRowHeight = 52;

double total_of(const Bar& bar) {
  double total = 0;
  for (const double value : bar.values) {
    total += value;
  }
  return total;
}

FrameRequest request_for(const Canvas& canvas, const PlotSpec& spec, const BarChart& chart) {
  FrameRequest request;
  request.title = spec.title;
  request.subtitle = spec.subtitle;
  request.x = chart.x;
  double highest = 0;
  for (const Bar& bar : chart.bars) {
    highest = std::max(highest, total_of(bar));
    request.row_names.push_back(bar.name);
  }
  // Room at the right for the totals.
  request.x_range = chart.x.range.value_or(Range{0, highest > 0 ? highest * 1.14 : 1});
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

}  // namespace

QSizeF natural_size(const BarChart& chart) {
  // Title and axis; a legend.
  const double around = chart.parts.size() == 1 ? 96 : 130;
  return {640,
          std::clamp(around + static_cast<double>(chart.bars.size()) * kRowHeight, 180.0, 1200.0)};
}

Frame paint(Canvas& canvas, const PlotSpec& spec, const BarChart& chart) {
  const FrameRequest request = request_for(canvas, spec, chart);
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
      canvas.text({frame.x_at(sum) + 5, middle + canvas.cap_height(TextKind::kNote) / 2},
                  Align::kLeft, to_qstring(format_quantity(sum, chart.x.quantity)), TextKind::kNote,
                  canvas.theme().text);
    }
  }
  canvas.painter().restore();
  draw_frame(canvas, frame, request);
  return frame;
}

}  // namespace kvfoot::plots
