// The points of a line that are drawn: a long line costs pixels, not points, to stroke.
#pragma once

#include <QPolygonF>

#include "gui/plots/frame.hpp"
#include "gui/plots/spec.hpp"

namespace kvfoot::plots {

constexpr std::size_t kMostExactPoints = 200;  // of a line that is drawn point by point

// Where the points of `series` lie on the canvas. Of more than kMostExactPoints, neighbours in one
// column (`columns` of them over the plot) are left out but for the first, the lowest, the highest
// and the last: the column looks the same, and so do the ways into and out of it (Jugel et al.,
// "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014, section 4). In any order
// of x.
[[nodiscard]] QPolygonF line_points(const Frame& frame, const LineSeries& series,
                                    std::size_t columns);

}  // namespace kvfoot::plots
