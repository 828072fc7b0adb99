// Dispatch over the plot kinds.
#include "gui/plots/plot.hpp"

#include <QTransform>
#include <algorithm>

#include "gui/plots/kinds.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::plots {

DevicePixels device_pixels(const QPainter& painter, const QRectF& rect) {
  const QTransform transform = painter.deviceTransform();
  const QRect pixels = transform.mapRect(rect).toAlignedRect();
  return {transform.inverted().mapRect(QRectF(pixels)), std::max(1, pixels.width()),
          std::max(1, pixels.height())};
}

QPointF PlotGeometry::to_pixel(double x_value, double y_value) const {
  const double unit = y.to_unit(y_value);
  return {plot.left() + x.to_unit(x_value) * plot.width(),
          y_down ? plot.top() + unit * plot.height() : plot.bottom() - unit * plot.height()};
}

QPointF PlotGeometry::to_data(const QPointF& pixel) const {
  const double down = (pixel.y() - plot.top()) / plot.height();
  return {x.from_unit((pixel.x() - plot.left()) / plot.width()),
          y.from_unit(y_down ? down : 1 - down)};
}

QSizeF natural_size(const PlotSpec& spec) {
  if (std::holds_alternative<StateMap>(spec.content)) {
    return {520, 560};
  }
  if (const auto* map = std::get_if<HeatMap>(&spec.content)) {
    const double heading = (spec.title.empty() ? 0 : 25) + (spec.subtitle.empty() ? 0 : 15);
    return natural_size(*map) + QSizeF(0, heading);
  }
  if (const auto* chart = std::get_if<BarChart>(&spec.content)) {
    return natural_size(*chart);
  }
  if (const auto* plot = std::get_if<LinePlot>(&spec.content)) {
    return natural_size(*plot);
  }
  return {640, 400};
}

PlotGeometry paint_plot(QPainter& painter, const QRectF& rect, const PlotSpec& spec,
                        const Theme& theme, Device device) {
  const Status valid = check_to_paint(spec);
  KVFOOT_CHECK(valid.ok(), valid.error().message());
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing, true);
  painter.setRenderHint(QPainter::TextAntialiasing, true);
  Canvas canvas(painter, rect, theme, device == Device::kShapes);
  draw_background(canvas);
  const Frame frame =
      std::visit([&](const auto& content) { return paint(canvas, spec, content); }, spec.content);
  painter.restore();
  return {frame.plot, frame.x, frame.y, frame.y_down};
}

}  // namespace kvfoot::plots
