// A segment at a time, by the range of its parameter that all four edges leave.
#include "gui/plots/clip.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace kvfoot::plots {
namespace {

// Shares of the way from `a` to `b`, first <= second.
std::optional<std::pair<double, double>> inside(const QPointF& a, const QPointF& b,
                                                const QRectF& to) {
  const QPointF way = b - a;
  // Per edge: how fast the way leaves it, and how far inside of it the start lies.
  const std::array<std::pair<double, double>, 4> edges = {{{-way.x(), a.x() - to.left()},
                                                           {way.x(), to.right() - a.x()},
                                                           {-way.y(), a.y() - to.top()},
                                                           {way.y(), to.bottom() - a.y()}}};
  double from = 0;
  double until = 1;
  for (const auto& [out, room] : edges) {
    if (out == 0) {
      if (room < 0) {
        return std::nullopt;
      }
    } else if (out < 0) {
      from = std::max(from, room / out);
    } else {
      until = std::min(until, room / out);
    }
  }
  return from <= until ? std::optional(std::pair(from, until)) : std::nullopt;
}

}  // namespace

std::vector<QPolygonF> clipped(const QPolygonF& line, const QRectF& to) {
  const auto within = [&](const QPointF& point) {
    return point.x() >= to.left() && point.x() <= to.right() && point.y() >= to.top() &&
           point.y() <= to.bottom();
  };
  if (std::ranges::all_of(line, within)) {
    return {line};
  }
  std::vector<QPolygonF> parts;
  bool goes_on = false;  // the part before ends where this segment begins
  for (qsizetype i = 1; i < line.size(); ++i) {
    const QPointF& a = line[i - 1];
    const QPointF& b = line[i];
    const auto seen = inside(a, b, to);
    if (!seen) {
      goes_on = false;
      continue;
    }
    if (!goes_on) {
      parts.emplace_back() << a + (b - a) * seen->first;
    }
    parts.back() << (seen->second < 1 ? a + (b - a) * seen->second : b);
    goes_on = seen->second >= 1;
  }
  return parts;
}

}  // namespace kvfoot::plots
