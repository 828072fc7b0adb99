// Lines end where the plot ends, also in files: writers of SVG know no clip.
#pragma once

#include <QPolygonF>
#include <QRectF>
#include <vector>

namespace kvfoot::plots {

// The parts of `line` within `to` (edges included), each as long as it goes without leaving. A line
// that never leaves comes back as it is (Liang and Barsky, ACM TOG 3(1), 1984).
[[nodiscard]] std::vector<QPolygonF> clipped(const QPolygonF& line, const QRectF& to);

}  // namespace kvfoot::plots
