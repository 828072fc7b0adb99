// Paints a PlotSpec on any painter and says where the data went, for cursors and tooltips.
#pragma once

#include <QPointF>
#include <QRectF>
#include <QSizeF>
#include <cstdint>

#include "gui/plots/scale.hpp"
#include "gui/plots/spec.hpp"
#include "gui/plots/theme.hpp"

class QPainter;

namespace kvfoot::plots {

// kPixels lets dense data become an image of the device's resolution; kShapes keeps polygons.
enum class Device : std::uint8_t { kPixels, kShapes };

// Where the plot area lies (logical pixels of the painter) and how its axes map.
struct PlotGeometry {
  QRectF plot;
  AxisScale x;
  AxisScale y;
  bool y_down = false;
  [[nodiscard]] QPointF to_pixel(double x_value, double y_value) const;
  [[nodiscard]] QPointF to_data(const QPointF& pixel) const;
};

// `spec` has passed check_spec; a broken one is a broken contract. Fills `rect` with the
// background. A heat map turned on its side maps columns to y (see HeatMap::longer_side_across).
PlotGeometry paint_plot(QPainter& painter, const QRectF& rect, const PlotSpec& spec,
                        const Theme& theme, Device device);

// The size in logical pixels that suits the kind of plot and its data.
[[nodiscard]] QSizeF natural_size(const PlotSpec& spec);

}  // namespace kvfoot::plots
