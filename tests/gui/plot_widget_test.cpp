// Zoom, pan and fit change what is shown and never leave the data.
#include "gui/view/plot_widget.hpp"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

class LineWidget final : public PlotWidget {
 public:
  LineWidget() {
    plots::LinePlot lines;
    lines.x = {"x", plots::Quantity::kPlain};
    lines.y = {"y", plots::Quantity::kPlain};
    lines.series.push_back({"a", {0, 100}, {0, 10}});
    lines.x.range = plots::Range{0, 100};
    set_zoomable(true, true);
    set_smallest(1, 0.1);
    set_limits({0, 100}, {0, 10});
    show_spec(plots::PlotSpec{"title", "", lines});
    set_view({plots::Range{0, 100}, plots::Range{0, 10}});
    resize(600, 400);
    show();
  }
};

void paint(QWidget& widget) { static_cast<void>(widget.grab()); }

void wheel(PlotWidget& widget, QPointF at, int notches,
           Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
  QWheelEvent event(at, widget.mapToGlobal(at), {}, {0, 120 * notches}, Qt::NoButton, modifiers,
                    Qt::NoScrollPhase, false);
  QApplication::sendEvent(&widget, &event);
}

TEST(PlotWidget, TheWheelZoomsAboutThePointer) {
  application();
  LineWidget widget;
  paint(widget);
  const QPointF at = widget.geometry()->to_pixel(25, 5);
  wheel(widget, at, 3);
  paint(widget);
  const plots::Range x = *widget.view().x;
  EXPECT_NEAR(x.high - x.low, 100 / (1.25 * 1.25 * 1.25), 1e-9);
  EXPECT_NEAR(widget.geometry()->to_data(at).x(), 25, 0.5);
  EXPECT_NEAR(widget.geometry()->to_data(at).y(), 5, 0.05);
  wheel(widget, at, -20);
  EXPECT_FALSE(widget.view().x.has_value());  // everything again
}

TEST(PlotWidget, ZoomEndsAtTheSmallest) {
  application();
  LineWidget widget;
  paint(widget);
  wheel(widget, widget.geometry()->to_pixel(99.9, 9.9), 100);
  const plots::Range x = *widget.view().x;
  EXPECT_NEAR(x.high - x.low, 1, 1e-9);
  EXPECT_LE(x.high, 100);
}

TEST(PlotWidget, DragPansWithinTheData) {
  application();
  LineWidget widget;
  widget.set_view({plots::Range{40, 60}, plots::Range{4, 6}});
  paint(widget);
  const QPoint from = widget.geometry()->to_pixel(50, 5).toPoint();
  const QPoint to = widget.geometry()->to_pixel(45, 5.5).toPoint();
  QSignalSpy clicked(&widget, &PlotWidget::clicked);
  QTest::mousePress(&widget, Qt::LeftButton, {}, from);
  QTest::mouseMove(&widget, to);
  QTest::mouseRelease(&widget, Qt::LeftButton, {}, to);
  EXPECT_NEAR(widget.view().x->low, 45, 0.2);
  EXPECT_NEAR(widget.view().y->low, 3.5, 0.05);
  EXPECT_EQ(clicked.count(), 0);
  for (int i = 0; i < 100; ++i) {
    QTest::keyClick(&widget, Qt::Key_Right, i % 2 == 0 ? Qt::NoModifier : Qt::ShiftModifier);
  }
  EXPECT_NEAR(widget.view().x->high, 100, 1e-9);
  EXPECT_NEAR(widget.view().x->low, 80, 1e-9);
  wheel(widget, widget.geometry()->to_pixel(90, 5), 1, Qt::ShiftModifier);
  EXPECT_NEAR(widget.view().x->low, 78, 1e-9);  // a tenth of what is shown
  EXPECT_NEAR(widget.view().x->high, 98, 1e-9);
}

TEST(PlotWidget, NothingMovesWithoutPixelsOrLength) {
  application();
  LineWidget widget;
  widget.set_view({plots::Range{40, 60}, plots::Range{4, 6}});
  paint(widget);
  const ViewRange before = widget.view();
  const QPointF at = widget.geometry()->to_pixel(50, 5);
  for (const QSize size : {QSize(0, 0), QSize(300, 0), QSize(0, 300)}) {
    widget.setMinimumSize(0, 0);
    widget.resize(size);
    ASSERT_TRUE(widget.size().isEmpty());
    wheel(widget, at, 1);
    QTest::mouseClick(&widget, Qt::LeftButton, {}, at.toPoint());
    QTest::keyClick(&widget, Qt::Key_Plus);
    QTest::keyClick(&widget, Qt::Key_Right, Qt::ShiftModifier);
    EXPECT_EQ(widget.view(), before) << size.width() << " x " << size.height();
  }
  for (const QSize size : {QSize(1, 1), QSize(30, 20)}) {  // no room for anything but the data
    widget.resize(size);
    paint(widget);
    wheel(widget, {0, 0}, 1);
    wheel(widget, {0, 0}, -1);
    const plots::Range x = *widget.view().x;
    EXPECT_TRUE(x.low >= 0 && x.low < x.high && x.high <= 100) << x.low << " to " << x.high;
    widget.set_view(before);
  }
  // A run of one row has an axis without length.
  const AxisLimits point{true, plots::Range{0, 0}, 16};
  EXPECT_EQ(zoomed(std::nullopt, {0, 0}, 0.5, 0.5, point), std::nullopt);
  EXPECT_EQ(zoomed(std::nullopt, {-1, 1}, 0.5, 0.5, point), std::nullopt);
}

TEST(PlotWidget, WhatIsLookedForComesIntoSight) {
  const AxisLimits limits{true, plots::Range{0, 100}, 1};
  const std::optional<plots::Range> view = plots::Range{40, 60};
  EXPECT_EQ(revealing(view, 40, limits), view);
  EXPECT_EQ(revealing(view, 60, limits), view);
  EXPECT_EQ(revealing(view, 38, limits), (plots::Range{36, 56}));
  EXPECT_EQ(revealing(view, 63, limits), (plots::Range{45, 65}));
  EXPECT_EQ(revealing(view, 99, limits), (plots::Range{80, 100}));
  EXPECT_EQ(revealing(std::nullopt, 7, limits), std::nullopt);
}

TEST(PlotWidget, AClickSaysWhereInTheData) {
  application();
  LineWidget widget;
  paint(widget);
  QSignalSpy clicked(&widget, &PlotWidget::clicked);
  QTest::mouseClick(&widget, Qt::LeftButton, {}, widget.geometry()->to_pixel(30, 3).toPoint());
  ASSERT_EQ(clicked.count(), 1);
  EXPECT_NEAR(clicked[0][0].toDouble(), 30, 0.2);
}

TEST(PlotWidget, FFits) {
  application();
  LineWidget widget;
  widget.set_view({plots::Range{40, 60}, plots::Range{4, 6}});
  QTest::keyClick(&widget, Qt::Key_F);
  EXPECT_EQ(widget.view(), ViewRange{});
}

TEST(PlotWidget, TheCursorIsDrawnWhereItStands) {
  application();
  LineWidget widget;
  paint(widget);
  const QImage before = widget.grab().toImage();
  widget.set_cursor(50, std::nullopt);
  const QImage after = widget.grab().toImage();
  const QPoint at = widget.geometry()->to_pixel(50, 8).toPoint();
  EXPECT_NE(before.pixel(at), after.pixel(at));
  EXPECT_EQ(before.pixel(at + QPoint(5, 0)), after.pixel(at + QPoint(5, 0)));
}

}  // namespace
}  // namespace kvfoot::gui
