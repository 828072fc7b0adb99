// Chooses where a note stands so that it covers neither other notes nor data.
#pragma once

#include <QPointF>
#include <QPolygonF>
#include <QRectF>
#include <span>
#include <vector>

namespace kvfoot::plots {

class LabelPlacer {
 public:
  explicit LabelPlacer(const QRectF& area) : area_(area) {}

  // Data in pixels; the line between the points counts as well.
  void avoid(const QPolygonF& line);
  // The first candidate with the least overlap, which is then taken.
  QRectF place(std::span<const QRectF> candidates);

 private:
  [[nodiscard]] double cost(const QRectF& candidate) const;

  QRectF area_;
  std::vector<QPointF> data_;
  std::vector<QRectF> taken_;
};

}  // namespace kvfoot::plots
