// The plot kinds, one file each; plot.cpp picks by the content of the spec.
#pragma once

#include "gui/plots/canvas.hpp"
#include "gui/plots/frame.hpp"
#include "gui/plots/spec.hpp"

namespace kvfoot::plots {

Frame paint(Canvas& canvas, const PlotSpec& spec, const StackedAreas& areas);
Frame paint(Canvas& canvas, const PlotSpec& spec, const LinePlot& lines);
Frame paint(Canvas& canvas, const PlotSpec& spec, const HeatMap& map);
Frame paint(Canvas& canvas, const PlotSpec& spec, const StateMap& map);
Frame paint(Canvas& canvas, const PlotSpec& spec, const BarChart& chart);

[[nodiscard]] QSizeF natural_size(const LinePlot& plot);
// Without heading.
[[nodiscard]] QSizeF natural_size(const HeatMap& map);
[[nodiscard]] QSizeF natural_size(const BarChart& chart);

// The pixels of the device behind `rect`, so that an image can be drawn one to one.
struct DevicePixels {
  QRectF logical;  // whole device pixels, covers `rect`
  int width = 0;
  int height = 0;
};
[[nodiscard]] DevicePixels device_pixels(const QPainter& painter, const QRectF& rect);

}  // namespace kvfoot::plots
