// Pictures by geometry and by sampled pixels.
#include <gtest/gtest.h>

#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <QRegularExpression>
#include <algorithm>
#include <cmath>

#include "gui/plots/clip.hpp"
#include "gui/plots/frame.hpp"
#include "gui/plots/legend.hpp"
#include "gui/plots/line_points.hpp"
#include "gui/plots/plot.hpp"
#include "gui/plots/save.hpp"
#include "tests/plots/samples.hpp"

namespace kvfoot::plots {
namespace {

class Draw : public testing::Test {
 protected:
  // The library makes the offscreen application that fonts need.
  static void SetUpTestSuite() { ASSERT_TRUE(render_plot(samples::one_point(), "png").ok()); }

  QImage paint(const PlotSpec& spec, QSize size, double scale = 1,
               ThemeKind kind = ThemeKind::kLight) {
    theme_ = make_theme(kind);
    QImage image(size * scale, QImage::Format_RGB32);
    image.setDevicePixelRatio(scale);
    image.fill(Qt::red);
    QPainter painter(&image);
    geometry_ = paint_plot(painter, QRectF(QPointF(0, 0), size), spec, theme_, Device::kPixels);
    return image;
  }

  [[nodiscard]] Rgb at(const QImage& image, double x, double y) const {
    const QPointF pixel = geometry_.to_pixel(x, y) * image.devicePixelRatio();
    const QRgb colour = image.pixel(static_cast<int>(std::floor(pixel.x())),
                                    static_cast<int>(std::floor(pixel.y())));
    return {static_cast<std::uint8_t>(qRed(colour)), static_cast<std::uint8_t>(qGreen(colour)),
            static_cast<std::uint8_t>(qBlue(colour))};
  }

  Theme theme_;
  PlotGeometry geometry_;
};

TEST_F(Draw, GeometryMapsThereAndBack) {
  paint(samples::timeline(131072, 8192, 32768, 0.3), {640, 400});
  const QPointF pixel = geometry_.to_pixel(50000, 3e9);
  EXPECT_TRUE(geometry_.plot.contains(pixel));
  EXPECT_NEAR(geometry_.to_data(pixel).x(), 50000, 1e-6);
  EXPECT_NEAR(geometry_.to_data(pixel).y(), 3e9, 1e-3);
  EXPECT_EQ(geometry_.plot, QRectF(geometry_.plot.toRect())) << "whole pixels keep lines crisp";
}

TEST_F(Draw, AreasHaveTheirColours) {
  constexpr double kRow = 131072;
  for (const ThemeKind kind : {ThemeKind::kLight, ThemeKind::kDark}) {
    for (const double scale : {1.0, 1.5, 2.0}) {
      const QImage image =
          paint(samples::timeline(131072, 8192, 32768, 0.3), {640, 400}, scale, kind);
      EXPECT_EQ(at(image, 25000, 10000 * kRow), theme_.role(Role::kLive));
      EXPECT_EQ(at(image, 30000, 27000 * kRow), theme_.role(Role::kInactive));
      EXPECT_EQ(at(image, 50000, 40000 * kRow), theme_.role(Role::kEvicted));
      EXPECT_EQ(at(image, 40000, 100000 * kRow), theme_.background);
    }
  }
}

TEST_F(Draw, ZoomedAreasShowTheView) {
  PlotSpec spec = samples::timeline(131072, 8192, 32768, 0.3);
  auto& areas = std::get<StackedAreas>(spec.content);
  areas.x.range = Range{40000, 60000};
  areas.y.range = Range{0, 20000.0 * 131072};
  const QImage image = paint(spec, {640, 400});
  EXPECT_EQ(geometry_.x.range(), (Range{40000, 60000}));
  // Row 50000: 0.3 * 32768 + 50001 - 32768 = 27063 resident, 80 % of them live.
  EXPECT_EQ(at(image, 50000, 19000.0 * 131072), theme_.role(Role::kLive));
  EXPECT_EQ(at(image, 42000, 16000.0 * 131072), theme_.role(Role::kInactive));
}

// The same as shapes: two points beside what is shown are enough for an area across it.
TEST_F(Draw, ZoomedShapesReachAcrossTheView) {
  StackedAreas areas;
  areas.x = {"row", Quantity::kTokens};
  areas.y = {"entries", Quantity::kCount};
  areas.layers = {{"live", Role::kLive}};
  areas.series = std::make_shared<const StackedSeries>(
      StackedSeries::make({0, 50, 100}, {{10, 10, 10}}).value());
  theme_ = make_theme(ThemeKind::kLight);
  for (const Range view : {Range{10, 40}, Range{40, 60}, Range{60, 90}, Range{0, 100}}) {
    areas.x.range = view;
    QImage image(640, 400, QImage::Format_RGB32);
    image.fill(Qt::red);
    QPainter painter(&image);
    geometry_ =
        paint_plot(painter, QRectF(0, 0, 640, 400), {"", "", areas}, theme_, Device::kShapes);
    for (const double share : {0.02, 0.3, 0.7, 0.98}) {
      const double x = view.low + share * (view.high - view.low);
      EXPECT_EQ(at(image, x, 5), theme_.role(Role::kLive)) << view.low << " " << x;
    }
  }
}

// A reference line is within the picture, whatever the areas come to, and in the colour of an alarm
// where they exceed it.
TEST_F(Draw, AreasReachTheirReferenceLines) {
  PlotSpec spec = samples::timeline(131072, 8192, 32768, 0.3);
  auto& areas = std::get<StackedAreas>(spec.content);
  const auto highest = static_cast<double>(areas.series->highest());
  const auto pixels_of = [&](const QImage& image, double y, Rgb colour) {
    int count = 0;
    for (double x = 1000; x < 131072; x += 250) {
      count += at(image, x, y) == colour ? 1 : 0;
    }
    return count;
  };
  areas.references = {{2 * highest, "capacity"}};
  QImage image = paint(spec, {640, 400}, 2);
  EXPECT_GT(geometry_.y.range().high, 2 * highest);
  EXPECT_GT(pixels_of(image, 2 * highest, theme_.text), 100);
  areas.references = {{0.5 * highest, "capacity", true}};
  image = paint(spec, {640, 400}, 2);
  EXPECT_NEAR(geometry_.y.range().high, 1.05 * highest, 1e-3 * highest);
  EXPECT_GT(pixels_of(image, 0.5 * highest, theme_.alarm), 100);
  areas.references = {{std::nan(""), "capacity"}};
  EXPECT_FALSE(render_plot(spec, "png").ok());
}

TEST_F(Draw, LinesPassThroughTheirPoints) {
  PlotSpec spec = samples::lines_over_chunk();
  const QImage image = paint(spec, {640, 400}, 2);
  const auto& plot = std::get<LinePlot>(spec.content);
  for (std::size_t k : {0U, 1U, 4U}) {
    EXPECT_EQ(at(image, plot.series[k].x[2], plot.series[k].y[2]), theme_.series(k)) << k;
  }
  EXPECT_EQ(at(image, 11000, 0.75), theme_.background);
}

Frame frame_of(const Range& x, const Range& y) {
  Frame frame;
  frame.plot = QRectF(40, 20, 300, 200);
  frame.x = AxisScale(x, Scale::kLinear);
  frame.y = AxisScale(y, Scale::kLinear);
  return frame;
}

// Heights that a hash draws, with steps of x that do too; now and then x goes back.
LineSeries restless(std::size_t points, double step) {
  LineSeries series;
  double x = 0;
  for (std::size_t i = 0; i < points; ++i) {
    const auto drawn = static_cast<double>((i * 2654435761U) >> 8U & 0xFFFFU) / 65536;
    x += i % 97 == 0 ? -3 * step : step * drawn;
    series.x.push_back(x);
    series.y.push_back(100 * drawn);
  }
  return series;
}

TEST(LinePoints, ShortLinesHaveAllOfTheirs) {
  const Frame frame = frame_of({0, 10}, {0, 100});
  const LineSeries series = restless(kMostExactPoints, 0.001);
  const QPolygonF points = line_points(frame, series, 300);
  ASSERT_EQ(points.size(), static_cast<qsizetype>(kMostExactPoints));
  for (std::size_t i = 0; i < kMostExactPoints; ++i) {
    EXPECT_EQ(points[static_cast<qsizetype>(i)], frame.at(series.x[i], series.y[i]));
  }
}

// Where no column has more than four points nothing is left out either.
TEST(LinePoints, SparseLinesHaveAllOfTheirs) {
  const LineSeries series = restless(1000, 1);
  EXPECT_EQ(line_points(frame_of({-10, 600}, {0, 100}), series, 3000).size(), 1000);
}

TEST(LinePoints, LongLinesHaveTheExtremaOfEveryColumn) {
  constexpr std::size_t kColumns = 300;
  const LineSeries series = restless(50'000, 1);
  for (const Range& view : {Range{-10, 26'000}, Range{9'000.5, 9'700}}) {
    const Frame frame = frame_of(view, {0, 100});
    const QPolygonF points = line_points(frame, series, kColumns);
    // By column: all points, and those that are left.
    std::vector<Band> all(kColumns);
    std::vector<Band> kept(kColumns);
    const auto add = [&](std::vector<Band>& bands, const QPointF& point) {
      const double column = std::floor(point.x() - frame.plot.left());
      if (column >= 0 && column < static_cast<double>(kColumns)) {
        Band& band = bands[static_cast<std::size_t>(column)];
        const auto y = static_cast<float>(point.y());
        band = band.empty() ? Band{y, y} : Band{std::min(band.low, y), std::max(band.high, y)};
      }
    };
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      add(all, frame.at(series.x[i], series.y[i]));
    }
    std::for_each(points.begin(), points.end(), [&](const QPointF& point) { add(kept, point); });
    EXPECT_EQ(kept, all);
    EXPECT_EQ(points.first(), frame.at(series.x.front(), series.y.front()));
    EXPECT_EQ(points.last(), frame.at(series.x.back(), series.y.back()));
    EXPECT_LT(points.size(), 6000) << "four per column, and where x goes back";
  }
}

// A line of many points looks like the same line of few.
TEST_F(Draw, LongLinesLookLikeShortOnes) {
  PlotSpec spec = samples::one_point();
  auto& plot = std::get<LinePlot>(spec.content);
  plot = {};
  plot.x = {"x", Quantity::kPlain};
  plot.y = {"y", Quantity::kPlain};
  for (const std::size_t style : {0U, 9U}) {  // solid and dashed
    LineSeries few{"line", {0, 400, 1000}, {0, 300, 100}, style};
    LineSeries many{"line", {}, {}, style};
    for (int i = 0; i <= 20'000; ++i) {
      many.x.push_back(i * 0.05);
      many.y.push_back(i <= 8000 ? i * 0.0375 : 300 - (i - 8000) * (200.0 / 12'000));
    }
    plot.series = {few};
    const QImage expected = paint(spec, {640, 400}, 2);
    plot.series = {many};
    const QImage image = paint(spec, {640, 400}, 2);
    int inked = 0;
    int both = 0;
    for (int i = 5; i < 995; ++i) {
      if (std::abs(i - 400) < 20) {
        continue;  // its marker
      }
      const double y = i <= 400 ? i * 0.75 : 300 - (i - 400) * (200.0 / 600);
      const bool drawn = at(expected, i, y) == theme_.series(style);
      inked += drawn ? 1 : 0;
      both += drawn && at(image, i, y) == theme_.series(style) ? 1 : 0;
    }
    EXPECT_GT(inked, style == 0 ? 900 : 500);
    EXPECT_GT(both, style == 0 ? inked * 98 / 100 : inked * 40 / 100);
  }
}

TEST_F(Draw, CoincidingLinesStayVisible) {
  LinePlot plot;
  plot.x = {"x", Quantity::kPlain};
  plot.y = {"y", Quantity::kPlain};
  plot.series = {{"under", {0, 1, 2}, {1, 2, 1}}, {"over", {0, 1, 2}, {1, 2, 1}}};
  const QImage image = paint({"", "", plot}, {640, 400}, 2);
  int under = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      const bool inside = geometry_.plot.contains(QPointF(x, y) / 2.0);
      under += inside && image.pixel(x, y) == to_qcolor(theme_.series(0)).rgb() ? 1 : 0;
    }
  }
  EXPECT_GT(under, 500) << "pixels of the covered line";
}

TEST_F(Draw, HeatCellsHaveTheirColours) {
  PlotSpec spec = samples::heat_map(32, 8);
  auto& map = std::get<HeatMap>(spec.content);
  const QImage turned = paint(spec, {680, 400});
  EXPECT_EQ(at(turned, 3, 2), sequential_colour(static_cast<double>(map.values[3 * 8 + 2]), false));
  EXPECT_EQ(at(turned, 0, 3), theme_.no_value);
  map.longer_side_across = false;
  const QImage upright = paint(spec, {400, 700});
  // Beside the number that stands in the middle.
  EXPECT_EQ(at(upright, 2.4, 3.3),
            sequential_colour(static_cast<double>(map.values[3 * 8 + 2]), false));
}

// Below the title the bar stands low, and its label is longer than the bar.
TEST_F(Draw, TheLabelOfTheColourBarIsWhole) {
  PlotSpec spec = samples::heat_map(4, 4);
  spec.title = "A title";
  std::get<HeatMap>(spec.content).colour.label = "Kept of all the tokens that there are so far";
  for (int height = 140; height < 340; height += 10) {
    const QImage image = paint(spec, {340, height});
    const QRgb ground = image.pixel(0, 0);
    for (int x = 0; x < image.width(); ++x) {
      EXPECT_EQ(image.pixel(x, 0), ground) << height << ", " << x;
      EXPECT_EQ(image.pixel(x, image.height() - 1), ground) << height << ", " << x;
    }
  }
}

TEST_F(Draw, HugeHeatMapsBecomeOneImage) {
  PlotSpec spec = samples::heat_map(600, 500);
  const auto& map = std::get<HeatMap>(spec.content);
  const QImage image = paint(spec, {800, 700}, 2);
  ASSERT_LT(geometry_.plot.width() / 600, 2) << "cells are small enough for the image";
  for (std::int64_t i = 0; i < 100; ++i) {
    const std::int64_t layer = i * 5 + 7;
    const std::int64_t head = i * 4;
    const auto value =
        static_cast<double>(map.values[static_cast<std::size_t>(layer * 500 + head)]);
    ASSERT_EQ(at(image, static_cast<double>(layer), static_cast<double>(head)),
              sequential_colour(value, false))
        << layer << " " << head;
  }
}

TEST_F(Draw, StatesHaveTheirColoursSmallAndLarge) {
  const QImage small = paint(samples::state_map_with_inactive(), {520, 560});
  EXPECT_EQ(at(small, 0, 11), theme_.role(Role::kLive));
  EXPECT_EQ(at(small, 3, 7), theme_.role(Role::kEvicted));
  EXPECT_EQ(at(small, 4, 7), theme_.role(Role::kInactive));
  EXPECT_EQ(at(small, 9, 4), theme_.background);
  EXPECT_EQ(geometry_.plot.width(), geometry_.plot.height());

  const QImage large = paint(samples::state_map({}), {520, 560}, 2);
  EXPECT_EQ(at(large, 10000, 25000), theme_.role(Role::kLive));
  EXPECT_EQ(at(large, 10000, 50000), theme_.role(Role::kEvicted));
  EXPECT_EQ(at(large, 40000, 60000), theme_.role(Role::kLive));
  EXPECT_EQ(at(large, 100000, 60000), theme_.background);
}

TEST_F(Draw, BarsHaveTheirColours) {
  constexpr double kGiB = 1073741824.0;
  const QImage image = paint(samples::bars(), {640, 306});
  EXPECT_EQ(at(image, 7 * kGiB, 0.5), theme_.role(Role::kOther4));
  EXPECT_EQ(at(image, 20 * kGiB, 0.5), theme_.role(Role::kLive));
  EXPECT_EQ(at(image, 32 * kGiB, 0.5), theme_.role(Role::kInactive));
}

TEST_F(Draw, AnySizeIsSafe) {
  const PlotSpec specs[] = {samples::timeline(1000, 10, 100, 0.5),
                            samples::lines_over_budget(true),
                            samples::one_point(),
                            samples::heat_map(32, 8),
                            samples::heat_map(1, 1),
                            samples::state_map({64, 8, 16, 2, 8}),
                            samples::state_map_with_inactive(),
                            samples::bars()};
  for (const PlotSpec& spec : specs) {
    for (const QSize size : {QSize(1, 1), QSize(3, 200), QSize(200, 3), QSize(20, 20),
                             QSize(60, 60), QSize(100, 70), QSize(150, 120), QSize(333, 211)}) {
      const QImage image = paint(spec, size);
      EXPECT_GE(geometry_.plot.width(), 1);
      EXPECT_GE(geometry_.plot.height(), 1);
    }
  }
}

// Names that begin and end alike are not cut until nothing tells them apart.
TEST_F(Draw, LegendNamesStayDifferent) {
  const Theme theme = make_theme(ThemeKind::kLight);
  QImage image(700, 500, QImage::Format_RGB32);
  QPainter painter(&image);
  const Canvas canvas(painter, QRectF(0, 0, 640, 400), theme, false);
  const QString words = QStringLiteral("of, long names ").repeated(12);
  std::vector<LegendItem> items;
  for (const char* part : {"bits 2, group 32", "bits 2, group 64", "bits 4, group 32"}) {
    items.push_back(
        {LegendItem::Kind::kLineMarker, words + QString::fromLatin1(part) + words, {}, 0, false});
  }
  for (const double width : {220.0, 600.0}) {
    for (const LegendLayout& layout :
         {legend_in_rows(canvas, items, width), legend_in_column(canvas, items, width, 60),
          legend_in_column(canvas, items, width, 300)}) {
      ASSERT_EQ(layout.cells.size(), items.size());
      for (std::size_t i = 0; i < items.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
          EXPECT_NE(layout.cells[i].lines, layout.cells[k].lines) << width;
        }
      }
    }
  }
}

// Six names of which four would fit into a row stand three by three.
TEST_F(Draw, RowsOfALegendAreFilledEvenly) {
  const Theme theme = make_theme(ThemeKind::kLight);
  QImage image(10, 10, QImage::Format_RGB32);
  QPainter painter(&image);
  const Canvas canvas(painter, QRectF(0, 0, 900, 400), theme, false);
  const std::vector<LegendItem> items(6, {LegendItem::Kind::kBox, QStringLiteral("alike"), {}, 0});
  const double one = legend_in_rows(canvas, {items.front()}, 900).size.width();
  const double width = legend_in_rows(canvas, {items.begin(), items.begin() + 4}, 900).size.width();
  EXPECT_GT(width, 4 * one);
  const LegendLayout layout = legend_in_rows(canvas, items, width + 1);
  ASSERT_EQ(layout.cells.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(layout.cells[i].at.y() > 0, i >= 3) << i;
    EXPECT_EQ(layout.cells[i].at.x(), layout.cells[i % 3].at.x()) << i;
  }
  EXPECT_LE(layout.size.width(), width);
}

// The line that counts them is part of what fits.
TEST_F(Draw, AColumnThatIsTooLowCountsTheRest) {
  const Theme theme = make_theme(ThemeKind::kLight);
  QImage image(10, 10, QImage::Format_RGB32);
  QPainter painter(&image);
  const Canvas canvas(painter, QRectF(0, 0, 900, 400), theme, false);
  const std::vector<LegendItem> items(9, {LegendItem::Kind::kBox, QStringLiteral("alike"), {}, 0});
  const double whole = legend_in_column(canvas, items, 200, 1e4).size.height();
  for (double height = 20; height < whole; height += 1) {
    const LegendLayout layout = legend_in_column(canvas, items, 200, height);
    EXPECT_EQ(layout.cells.size() + layout.hidden, 9U);
    EXPECT_GT(layout.hidden, 0U) << height;
    EXPECT_LE(layout.size.height(), height);
  }
  EXPECT_EQ(legend_in_column(canvas, items, 200, whole).hidden, 0U);
}

TEST_F(Draw, LegendAndLabelsStayOffTheData) {
  const Theme theme = make_theme(ThemeKind::kLight);
  QImage image(1400, 1000, QImage::Format_RGB32);
  QPainter painter(&image);
  for (int series = 1; series <= 24; ++series) {
    for (const int letters : {3, 20, 90}) {
      for (const QSizeF size : {QSizeF(640, 400), QSizeF(330, 230), QSizeF(1200, 300)}) {
        const Canvas canvas(painter, QRectF(QPointF(0, 0), size), theme, false);
        FrameRequest request;
        request.title = "A title";
        request.x = {"row", Quantity::kTokens};
        request.y = {"KV memory", Quantity::kBytes};
        request.x_range = {0, 131072};
        request.y_range = {0, 1.7e10};
        for (int i = 0; i < series; ++i) {
          request.legend.push_back(
              {LegendItem::Kind::kLineMarker, QString(letters, QLatin1Char('m')), {}, 0, false});
        }
        const Frame frame = lay_out(canvas, request);
        EXPECT_TRUE(canvas.rect().contains(frame.plot));
        EXPECT_GE(frame.plot.width() * frame.plot.height(), 0.2 * size.width() * size.height())
            << series << " x " << letters << " on " << size.width();
        const QRectF legend(frame.legend_at, frame.legend.size);
        EXPECT_FALSE(legend.intersects(frame.plot)) << series << " x " << letters;
        if (!frame.legend.cells.empty() || frame.legend.hidden > 0) {
          EXPECT_EQ(frame.legend.cells.size() + frame.legend.hidden,
                    static_cast<std::size_t>(series));
          EXPECT_GE(frame.legend.cells.size(), static_cast<std::size_t>(std::min(series, 3)));
          EXPECT_TRUE(canvas.rect().adjusted(-0.5, -0.5, 0.5, 0.5).contains(legend))
              << series << " x " << letters << " on " << size.width();
        }
      }
    }
  }
}

TEST_F(Draw, LongAxisLabelsStayOnTheCanvas) {
  PlotSpec spec = samples::timeline(131072, 8192, 32768, 0.3);
  std::get<StackedAreas>(spec.content).y.label = std::string(60, 'm');
  std::get<StackedAreas>(spec.content).x.label = std::string(90, 'm');
  const QImage image = paint(spec, {330, 230});
  const auto blank = [&](const QRect& edge) {
    for (int y = edge.top(); y <= edge.bottom(); ++y) {
      for (int x = edge.left(); x <= edge.right(); ++x) {
        if (image.pixel(x, y) != to_qcolor(theme_.background).rgb()) {
          return false;
        }
      }
    }
    return true;
  };
  EXPECT_TRUE(blank({0, 0, 330, 1}));
  EXPECT_TRUE(blank({0, 229, 330, 1}));
  EXPECT_TRUE(blank({0, 0, 1, 230}));
  EXPECT_TRUE(blank({329, 0, 1, 230}));
}

TEST_F(Draw, ATitleGoesBeforeTheLegend) {
  const Theme theme = make_theme(ThemeKind::kLight);
  QImage image(10, 10, QImage::Format_RGB32);
  QPainter painter(&image);
  FrameRequest request;
  request.title = "A title";
  request.x = {"row", Quantity::kTokens};
  request.y = {"KV memory", Quantity::kBytes};
  request.x_range = {0, 131072};
  request.y_range = {0, 1.7e10};
  request.legend.push_back({LegendItem::Kind::kBox, QStringLiteral("live"), {}, 0, false});
  bool titled = true;
  bool explained = true;
  for (int height = 300; height > 20; --height) {
    const Canvas canvas(painter, QRectF(0, 0, 400, height), theme, false);
    const Frame frame = lay_out(canvas, request);
    EXPECT_LE(!frame.title.isEmpty(), titled) << height;
    EXPECT_LE(!frame.legend.cells.empty(), explained) << height;
    EXPECT_LE(!frame.title.isEmpty(), !frame.legend.cells.empty()) << height;
    titled = !frame.title.isEmpty();
    explained = !frame.legend.cells.empty();
    if (height == 120) {
      EXPECT_FALSE(titled);
      EXPECT_TRUE(explained);
    }
  }
  EXPECT_FALSE(explained);
}

// Labels of x and how far apart the closest two stand.
double least_gap(const Canvas& canvas, const Frame& frame) {
  double least = 1e9;
  double free_from = -1e9;
  for (std::size_t i = 0; i < frame.x_ticks.values.size(); ++i) {
    const QString label = to_qstring(frame.x_ticks.labels[i]);
    if (!label.isEmpty()) {
      const double half = canvas.text_width(label, TextKind::kTick) / 2;
      const double x = frame.x_at(frame.x_ticks.values[i]);
      least = std::min(least, x - half - free_from);
      free_from = x + half;
    }
  }
  return least;
}

TEST_F(Draw, TickLabelsNeverTouch) {
  QImage image(10, 10, QImage::Format_RGB32);
  QPainter painter(&image);
  for (const double font_scale : {1.0, 2.5}) {
    const Theme theme = make_theme(ThemeKind::kLight, font_scale);
    for (int width = 120; width < 900; width += 13) {
      const Canvas canvas(painter, QRectF(0, 0, width, 300), theme, false);
      for (const double high : {12.0, 997.0, 131172.0, 1048576.0, 9.7e6}) {
        FrameRequest request;
        request.x = {"row", Quantity::kTokens};
        request.y = {"entries", Quantity::kCount};
        request.x_range = {0, high};
        request.y_range = {0, high * 256};
        const Frame frame = lay_out(canvas, request);
        if (!frame.tick_labels) {
          continue;
        }
        EXPECT_GT(least_gap(canvas, frame), font_scale > 1 ? 0 : 3) << width << " " << high;
        if (frame.x_ticks.values.size() > 3) {  // fewer ticks go before labels do
          EXPECT_EQ(std::ranges::count(frame.x_ticks.labels, ""), 0) << width << " " << high;
        }
        const double last = frame.x_at(frame.x_ticks.values.back());
        const QString label = to_qstring(frame.x_ticks.labels.back());
        EXPECT_LE(last + canvas.text_width(label, TextKind::kTick) / 2, width)
            << "the last label is not cut off";
      }
    }
  }
}

// Where both axes count the same thing, the one with less room for labels says how many.
TEST_F(Draw, AxesOfASquareAreMarkedAlike) {
  const Theme theme = make_theme(ThemeKind::kLight, 1.5);
  QImage image(10, 10, QImage::Format_RGB32);
  QPainter painter(&image);
  for (int side = 150; side < 900; side += 11) {
    const Canvas canvas(painter, QRectF(0, 0, side, side), theme, false);
    for (const double high : {12.0, 997.0, 1900.0, 131172.0, 9.7e6}) {
      FrameRequest request;
      request.x = {"key", Quantity::kTokens};
      request.y = {"row", Quantity::kTokens};
      request.x_range = {-0.5, high};
      request.y_range = {-0.5, high};
      request.square = true;
      const Frame frame = lay_out(canvas, request);
      EXPECT_EQ(frame.plot.width(), frame.plot.height());
      EXPECT_EQ(frame.x_ticks.values, frame.y_ticks.values);
      if (frame.tick_labels) {
        EXPECT_GT(least_gap(canvas, frame), 3) << side << " " << high;
      }
    }
  }
}

TEST_F(Draw, GivenTicksKeepTheirMarksAndLoseLabelsThatWouldTouch) {
  const Theme theme = make_theme(ThemeKind::kLight);
  QImage image(10, 10, QImage::Format_RGB32);
  QPainter painter(&image);
  const Canvas canvas(painter, QRectF(0, 0, 500, 300), theme, false);
  FrameRequest request;
  request.x = {"chunk", Quantity::kTokens};
  request.x.ticks = {{-1, "before"}, {0, "none"},  {1, "one"},
                     {50, "half"},   {100, "all"}, {101, "after"}};
  request.y = {"entries", Quantity::kCount};
  request.x_range = {0, 100};
  request.y_range = {0, 1};
  const Frame frame = lay_out(canvas, request);
  EXPECT_EQ(frame.x_ticks.values, (std::vector<double>{0, 1, 50, 100}));
  EXPECT_EQ(frame.x_ticks.labels, (std::vector<std::string>{"none", "", "half", "all"}));
  EXPECT_GT(least_gap(canvas, frame), 3);
}

TEST_F(Draw, WrappingKeepsWhatTellsNamesApart) {
  const Theme theme = make_theme(ThemeKind::kLight);
  QImage image(10, 10, QImage::Format_RGB32);
  QPainter painter(&image);
  const Canvas canvas(painter, QRectF(0, 0, 100, 100), theme, false);
  const QString name = QStringLiteral("pyramidkv:sparsity=0.7,beta=20,window=64,patch=true");
  const QString cut = canvas.shorten(name, TextKind::kLegend, 150);
  EXPECT_TRUE(cut.startsWith(QStringLiteral("pyra")));
  EXPECT_TRUE(cut.endsWith(QStringLiteral("true")));
  EXPECT_LE(canvas.text_width(cut, TextKind::kLegend), 150);
  const QStringList lines = canvas.wrap(name, TextKind::kLegend, 150, 9);
  EXPECT_EQ(lines.join(QString()), name);
  for (const QString& line : lines) {
    EXPECT_LE(canvas.text_width(line, TextKind::kLegend), 150);
  }
}

TEST(Clip, CutsAtTheEdges) {
  const QRectF box(0, 0, 10, 10);
  const auto line = [](std::initializer_list<QPointF> points) {
    return QPolygonF(QList<QPointF>(points));
  };
  const QPolygonF inside = line({{0, 0}, {10, 5}, {3, 10}});
  EXPECT_EQ(clipped(inside, box), std::vector{inside});
  EXPECT_EQ(clipped(line({{-10, 5}, {20, 5}}), box), std::vector{line({{0, 5}, {10, 5}})});
  // Out over the top and in again; the parts keep their corners.
  EXPECT_EQ(clipped(line({{2, 8}, {4, 4}, {6, -4}, {8, 4}, {8, 20}}), box),
            (std::vector{line({{2, 8}, {4, 4}, {5, 0}}), line({{7, 0}, {8, 4}, {8, 10}})}));
  // Past a corner, beside it, and along it on the outside.
  EXPECT_TRUE(clipped(line({{-4, 2}, {2, -4}}), box).empty());
  EXPECT_TRUE(clipped(line({{-1, 0}, {-1, 10}}), box).empty());
  EXPECT_EQ(clipped(line({{-2, 4}, {4, -2}}), box), std::vector{line({{0, 2}, {2, 0}})});
}

// Of a picture that is zoomed in, in a format that cannot clip.
TEST_F(Draw, LinesEndWhereThePlotEnds) {
  LinePlot plot;
  plot.x = {"x", Quantity::kPlain};
  plot.y = {"y", Quantity::kPlain};
  plot.x.range = Range{49, 51};
  LineSeries series{"zigzag", {}, {}};
  for (int i = 0; i <= 100; ++i) {
    series.x.push_back(i);
    series.y.push_back(i % 2);
  }
  plot.series.push_back(std::move(series));
  const std::string svg = render_plot({"", "", plot}, "svg").value();
  const QRegularExpression points(QStringLiteral("points=\"([^\"]*)\""));
  const QRegularExpression pair(QStringLiteral("(-?[0-9.]+),(-?[0-9.]+)"));
  int seen = 0;
  auto lines = points.globalMatch(QString::fromStdString(svg));
  while (lines.hasNext()) {
    auto places = pair.globalMatch(lines.next().captured(1));
    while (places.hasNext()) {
      const double x = places.next().captured(1).toDouble();
      EXPECT_GE(x, 0);
      EXPECT_LE(x, 640);
      ++seen;
    }
  }
  EXPECT_GE(seen, 3);
}

}  // namespace
}  // namespace kvfoot::plots
