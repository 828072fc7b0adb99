// Notes stand where they cover least: other notes first, then the edge, then data.
#include <gtest/gtest.h>

#include <array>

#include "gui/plots/label_placer.hpp"

namespace kvfoot::plots {
namespace {

const QRectF kArea(0, 0, 100, 100);
const QRectF kLeft(10, 10, 20, 10);
const QRectF kRight(60, 10, 20, 10);

QRectF placed(LabelPlacer& notes, const QRectF& first, const QRectF& second) {
  const std::array<QRectF, 2> candidates{first, second};
  return notes.place(candidates);
}

TEST(LabelPlacer, TheFirstOfEqualPlacesIsTakenOnce) {
  LabelPlacer notes(kArea);
  EXPECT_EQ(placed(notes, kLeft, kRight), kLeft);
  EXPECT_EQ(placed(notes, kLeft, kRight), kRight);
  EXPECT_EQ(placed(notes, kLeft.translated(5, 5), kRight.translated(0, 40)),
            kRight.translated(0, 40));
}

TEST(LabelPlacer, DataIsLeftFreeBetweenItsPointsToo) {
  LabelPlacer notes(kArea);
  notes.avoid(QPolygonF({QPointF(0, 15), QPointF(50, 15)}));  // no point lies in the first place
  EXPECT_EQ(placed(notes, kLeft, kRight), kRight);
  LabelPlacer points(kArea);
  points.avoid(QPolygonF({QPointF(65, 12)}));
  EXPECT_EQ(placed(points, kRight, kLeft), kLeft);
}

TEST(LabelPlacer, InsideGoesBeforeFreeOfDataAndFreeOfNotesBeforeInside) {
  LabelPlacer notes(kArea);
  notes.avoid(QPolygonF({QPointF(10, 15), QPointF(30, 15)}));
  const QRectF outside(90, 10, 20, 10);
  EXPECT_EQ(placed(notes, outside, kLeft), kLeft);
  EXPECT_EQ(placed(notes, kLeft, outside), outside);  // a note stands in the other
}

}  // namespace
}  // namespace kvfoot::plots
