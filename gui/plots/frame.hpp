// Title, legend, axes and grid around a plot area: measures first, then draws.
#pragma once

#include <QRectF>
#include <QSizeF>
#include <string>
#include <vector>

#include "gui/plots/canvas.hpp"
#include "gui/plots/legend.hpp"
#include "gui/plots/numbers.hpp"
#include "gui/plots/scale.hpp"

namespace kvfoot::plots {

struct FrameRequest {
  std::string title;
  std::string subtitle;
  Axis x;
  Axis y;
  Range x_range;  // resolved, low < high
  Range y_range;
  bool y_down = false;       // first row on top
  QSizeF largest{1e6, 1e6};  // the plot area grows no further than this
  bool square = false;
  double right_room = 0;  // kept free at the right of the plot, e.g. for a colour bar
  std::vector<LegendItem> legend{};
  // Row labels instead of y ticks (bar charts), spread evenly from the top.
  std::vector<std::string> row_names{};
};

struct Frame {
  QRectF plot;  // whole logical pixels
  AxisScale x;
  AxisScale y;
  bool y_down = false;
  TickSet x_ticks{};
  TickSet y_ticks{};
  std::vector<QStringList> row_names{};
  QPointF legend_at{};
  LegendLayout legend{};
  QStringList title{};
  QStringList subtitle{};
  bool axis_labels = true;
  bool tick_labels = true;

  [[nodiscard]] double x_at(double value) const;
  [[nodiscard]] double y_at(double value) const;
  [[nodiscard]] QPointF at(double x_value, double y_value) const {
    return {x_at(x_value), y_at(y_value)};
  }
};

// Never fails: on a canvas that is too small the title, the legend and the labels are left out in
// this order, and the plot area is at least one pixel.
[[nodiscard]] Frame lay_out(const Canvas& canvas, const FrameRequest& request);

// The middle of an axis label, as near to `wanted` as it can be whole between `low` and `high`.
[[nodiscard]] double centre_within(const Canvas& canvas, const QString& label, double wanted,
                                   double low, double high);

void draw_background(Canvas& canvas);
void draw_grid(Canvas& canvas, const Frame& frame, bool vertical, bool horizontal);
// Spines, ticks, labels, title, legend; after the data, which may touch the spines.
void draw_frame(Canvas& canvas, const Frame& frame, const FrameRequest& request);

}  // namespace kvfoot::plots
