// Layers x heads as coloured cells with a colour bar.
#include <QImage>
#include <QLinearGradient>
#include <algorithm>
#include <cmath>

#include "gui/plots/kinds.hpp"

namespace kvfoot::plots {
namespace {

constexpr double kLargestCell = 64;
constexpr double kMostStretched = 1.6;  // longer side of a cell over the shorter
constexpr double kSmallestPlot = 120;   // keeps the colour bar readable beside a few cells
constexpr double kBarWidth = 14;
constexpr double kBarGap = 16;
constexpr double kCellForGaps = 7;   // pixels; smaller cells touch
constexpr double kCellForRects = 2;  // pixels; smaller cells are drawn as one image

// The map as it lies on the page.
struct Sheet {
  const HeatMap& map;
  bool turned;  // layers run horizontally
  Range range;  // of the colours

  [[nodiscard]] std::int64_t across() const { return turned ? map.rows : map.columns; }
  [[nodiscard]] std::int64_t down() const { return turned ? map.columns : map.rows; }
  [[nodiscard]] float value(std::int64_t x, std::int64_t y) const {
    const std::int64_t row = turned ? x : y;
    const std::int64_t column = turned ? y : x;
    return map.values[static_cast<std::size_t>(row * map.columns + column)];
  }
  [[nodiscard]] Rgb colour(float value, const Theme& theme) const {
    if (std::isnan(value)) {
      return theme.no_value;
    }
    const double unit = (static_cast<double>(value) - range.low) / (range.high - range.low);
    return sequential_colour(unit, theme.dark());
  }
};

Range colour_range(const HeatMap& map) {
  if (map.colour.range) {
    return *map.colour.range;
  }
  if (map.colour.quantity == Quantity::kPercent) {
    return {0, 1};
  }
  RangeFinder found(Scale::kLinear);
  for (const float value : map.values) {
    found.add(static_cast<double>(value));
  }
  return found.found(0);
}

QString cell_text(float value, Quantity quantity) {
  if (std::isnan(value)) {
    return {};
  }
  const auto number = static_cast<double>(value);
  if (quantity == Quantity::kPercent) {
    return to_qstring(format_fixed(number * 100, 0));
  }
  const bool whole = number == std::round(number);
  return to_qstring(quantity == Quantity::kPlain ? format_fixed(number, whole ? 0 : 2)
                                                 : format_quantity(number, quantity));
}

void draw_cells(Canvas& canvas, const Frame& frame, const Sheet& sheet) {
  const double cell_width = frame.plot.width() / static_cast<double>(sheet.across());
  const double cell_height = frame.plot.height() / static_cast<double>(sheet.down());
  if (std::min(cell_width, cell_height) < kCellForRects) {
    QImage image(static_cast<int>(sheet.across()), static_cast<int>(sheet.down()),
                 QImage::Format_RGB32);
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) {
        image.setPixelColor(x, y, to_qcolor(sheet.colour(sheet.value(x, y), canvas.theme())));
      }
    }
    canvas.painter().drawImage(frame.plot, image);
    return;
  }
  const bool gaps = std::min(cell_width, cell_height) >= kCellForGaps;
  QPainter& painter = canvas.painter();
  painter.save();
  // Without gaps, antialiased edges would leave seams between neighbours.
  painter.setRenderHint(QPainter::Antialiasing, gaps);
  const double gap = gaps ? 0.5 : 0;
  for (std::int64_t y = 0; y < sheet.down(); ++y) {
    for (std::int64_t x = 0; x < sheet.across(); ++x) {
      const double left = static_cast<double>(x) - 0.5;
      const double top = static_cast<double>(y) - 0.5;
      const QRectF cell(frame.at(left, top), frame.at(left + 1, top + 1));
      canvas.fill(cell.adjusted(gap, gap, -gap, -gap),
                  to_qcolor(sheet.colour(sheet.value(x, y), canvas.theme())));
    }
  }
  painter.restore();
}

// All numbers or none: a number missing here and there would read as a missing value.
void draw_numbers(Canvas& canvas, const Frame& frame, const Sheet& sheet) {
  const double cell_width = frame.plot.width() / static_cast<double>(sheet.across());
  const double cell_height = frame.plot.height() / static_cast<double>(sheet.down());
  if (cell_height < canvas.line_height(TextKind::kNote) || cell_width < 12) {
    return;
  }
  double widest = 0;
  for (const float value : sheet.map.values) {
    widest = std::max(
        widest, canvas.text_width(cell_text(value, sheet.map.colour.quantity), TextKind::kNote));
  }
  if (widest + 4 > cell_width) {
    return;
  }
  const double half_cap = canvas.cap_height(TextKind::kNote) / 2;
  for (std::int64_t y = 0; y < sheet.down(); ++y) {
    for (std::int64_t x = 0; x < sheet.across(); ++x) {
      const float value = sheet.value(x, y);
      const Rgb cell = sheet.colour(value, canvas.theme());
      const Rgb ink = contrast_ratio(cell, {255, 255, 255}) > contrast_ratio(cell, {20, 22, 25})
                          ? Rgb{255, 255, 255}
                          : Rgb{20, 22, 25};
      canvas.text(frame.at(static_cast<double>(x), static_cast<double>(y)) + QPointF(0, half_cap),
                  Align::kCentre, cell_text(value, sheet.map.colour.quantity), TextKind::kNote,
                  ink);
    }
  }
}

struct ColourBar {
  TickSet ticks;
  double room = 0;  // at the right of the plot
};

ColourBar measure_bar(const Canvas& canvas, const Sheet& sheet, double height) {
  ColourBar bar;
  const int count = std::clamp(static_cast<int>(height / 36), 2, 10);
  bar.ticks = choose_ticks(sheet.range, sheet.map.colour.quantity, Scale::kLinear, count);
  double widest = 0;
  for (const std::string& label : bar.ticks.labels) {
    widest = std::max(widest, canvas.text_width(to_qstring(label), TextKind::kTick));
  }
  bar.room = kBarGap + kBarWidth + 8 + widest + 6 + canvas.line_height(TextKind::kAxisLabel);
  return bar;
}

void draw_bar(Canvas& canvas, const Frame& frame, const Sheet& sheet, const ColourBar& bar) {
  const Theme& theme = canvas.theme();
  const QRectF area(frame.plot.right() + kBarGap, frame.plot.top(), kBarWidth, frame.plot.height());
  QLinearGradient gradient(area.bottomLeft(), area.topLeft());
  for (int stop = 0; stop <= 32; ++stop) {
    gradient.setColorAt(stop / 32.0, to_qcolor(sequential_colour(stop / 32.0, theme.dark())));
  }
  canvas.painter().fillRect(area, gradient);
  if (!frame.tick_labels) {
    return;
  }
  const double half_cap = canvas.cap_height(TextKind::kTick) / 2;
  for (std::size_t i = 0; i < bar.ticks.values.size(); ++i) {
    const double unit =
        (bar.ticks.values[i] - sheet.range.low) / (sheet.range.high - sheet.range.low);
    const double y = area.bottom() - unit * area.height();
    canvas.line({area.right(), y}, {area.right() + 3, y}, to_qcolor(theme.axis), 0.8);
    canvas.text({area.right() + 6, y + half_cap}, Align::kLeft, to_qstring(bar.ticks.labels[i]),
                TextKind::kTick, theme.text);
  }
  if (frame.axis_labels) {
    QString label = to_qstring(sheet.map.colour.label);
    if (!bar.ticks.unit.empty()) {
      label += QStringLiteral(" (") + to_qstring(bar.ticks.unit) + QLatin1Char(')');
    }
    const QRectF& all = canvas.rect();
    label = canvas.shorten(label, TextKind::kAxisLabel, all.height() - 4);
    canvas.vertical_text({frame.plot.right() + bar.room - 3,
                          centre_within(canvas, label, area.center().y(), all.top(), all.bottom())},
                         label, TextKind::kAxisLabel, theme.text);
  }
}

Axis index_axis(const std::string& label) { return {label, Quantity::kIndex}; }

}  // namespace

QSizeF natural_size(const HeatMap& map) {
  const bool turned = map.turned();
  const auto across = static_cast<double>(turned ? map.rows : map.columns);
  const auto down = static_cast<double>(turned ? map.columns : map.rows);
  // Room around the cells: labels and colour bar at the sides, labels below.
  constexpr double kSides = 165;
  constexpr double kAboveBelow = 62;
  const double cell_width = std::min(kLargestCell, 520 / across);
  const double cell_height =
      std::min(kLargestCell, std::min(cell_width * kMostStretched, 560 / down));
  return {std::max(kSides + kSmallestPlot, kSides + across * cell_width),
          std::max(kAboveBelow + kSmallestPlot, kAboveBelow + down * cell_height)};
}

Frame paint(Canvas& canvas, const PlotSpec& spec, const HeatMap& map) {
  const Sheet sheet{map, map.turned(), colour_range(map)};
  FrameRequest request;
  request.title = spec.title;
  request.subtitle = spec.subtitle;
  request.x = index_axis(sheet.turned ? map.row_label : map.column_label);
  request.y = index_axis(sheet.turned ? map.column_label : map.row_label);
  const auto across = static_cast<double>(sheet.across());
  const auto down = static_cast<double>(sheet.down());
  request.x_range = {-0.5, across - 0.5};
  request.y_range = {-0.5, down - 0.5};
  request.y_down = true;
  request.right_room = measure_bar(canvas, sheet, canvas.rect().height()).room;
  request.largest = {std::max(across * kLargestCell, kSmallestPlot),
                     std::max(down * kLargestCell, kSmallestPlot)};
  Frame frame = lay_out(canvas, request);
  // Near squares: the longer side of the cells shrinks.
  const double width = frame.plot.width() / across;
  const double height = frame.plot.height() / down;
  request.largest = {std::max(across * std::min(width, height * kMostStretched), kSmallestPlot),
                     std::max(down * std::min(height, width * kMostStretched), kSmallestPlot)};
  frame = lay_out(canvas, request);
  ColourBar bar = measure_bar(canvas, sheet, frame.plot.height());
  bar.room = request.right_room;
  draw_cells(canvas, frame, sheet);
  draw_numbers(canvas, frame, sheet);
  draw_frame(canvas, frame, request);
  if (frame.plot.right() + kBarGap + kBarWidth <= canvas.rect().right()) {
    draw_bar(canvas, frame, sheet, bar);
  }
  return frame;
}

}  // namespace kvfoot::plots
