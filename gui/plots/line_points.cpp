// One pass over the points, which keeps up to four of every run of neighbours in a column.
#include "gui/plots/line_points.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace kvfoot::plots {
namespace {

struct Point {
  QPointF at;
  std::size_t index = 0;
};

// Neighbouring points in one column; of one point at first.
struct Run {
  std::int64_t column = 0;
  Point first;
  Point top;
  Point bottom;
  Point last;

  Run(std::int64_t of, const Point& point)
      : column(of), first(point), top(point), bottom(point), last(point) {}

  void add(const Point& point) {
    last = point;
    if (point.at.y() < top.at.y()) {
      top = point;
    }
    if (point.at.y() > bottom.at.y()) {
      bottom = point;
    }
  }

  // Each point once, in the order in which they came.
  void write(QPolygonF& out) const {
    const bool falls = top.index < bottom.index;
    const Point* before = nullptr;
    for (const Point* point : {&first, falls ? &top : &bottom, falls ? &bottom : &top, &last}) {
      if (before == nullptr || point->index != before->index) {
        out << point->at;
      }
      before = point;
    }
  }
};

}  // namespace

QPolygonF line_points(const Frame& frame, const LineSeries& series, std::size_t columns) {
  QPolygonF points;
  const std::size_t count = series.x.size();
  if (count <= kMostExactPoints) {
    points.reserve(static_cast<qsizetype>(count));
    for (std::size_t i = 0; i < count; ++i) {
      points << frame.at(series.x[i], series.y[i]);
    }
    return points;
  }
  const double scale = static_cast<double>(columns) / frame.plot.width();
  // All that lies beside the plot is one column on either side.
  const auto column_of = [&](double x) {
    const double column = std::floor((x - frame.plot.left()) * scale);
    return static_cast<std::int64_t>(std::clamp(column, -1.0, static_cast<double>(columns)));
  };
  const auto point_at = [&](std::size_t i) { return Point{frame.at(series.x[i], series.y[i]), i}; };
  const Point first = point_at(0);
  Run run(column_of(first.at.x()), first);
  for (std::size_t i = 1; i < count; ++i) {
    const Point point = point_at(i);
    const std::int64_t column = column_of(point.at.x());
    if (column == run.column) {
      run.add(point);
    } else {
      run.write(points);
      run = Run(column, point);
    }
  }
  run.write(points);
  return points;
}

}  // namespace kvfoot::plots
