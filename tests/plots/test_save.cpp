// Files: formats, determinism, errors, nothing half-written.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QFont>
#include <QImage>
#include <QPainter>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gui/plots/plot.hpp"
#include "gui/plots/save.hpp"
#include "gui/plots/state_sum.hpp"
#include "tests/plots/samples.hpp"

namespace kvfoot::plots {
namespace {

namespace fs = std::filesystem;

class Save : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("kvfoot_plots_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  static std::string read(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }

  fs::path folder_;
};

std::vector<PlotSpec> all_kinds() {
  return {samples::timeline(131072, 8192, 32768, 0.3),
          samples::lines_over_chunk(),
          samples::heat_map(32, 8),
          samples::state_map({}),
          samples::state_map_with_inactive(),
          samples::bars()};
}

TEST_F(Save, PngHasTheSizeAndDensity) {
  PlotOptions options;
  options.width = 300;
  options.height = 200;
  options.scale = 3;
  ASSERT_TRUE(save_plot(samples::lines_over_chunk(), path("a.PNG"), options).ok());
  const QImage image(QString::fromStdString(path("a.PNG")));
  EXPECT_EQ(image.size(), QSize(900, 600));
  EXPECT_NEAR(image.dotsPerMeterX(), 3 * 96 / 0.0254, 1);
  EXPECT_EQ(files(), 1U);
}

TEST_F(Save, SvgHoldsTheWords) {
  ASSERT_TRUE(save_plot(samples::timeline(131072, 8192, 32768, 0.3), path("a.svg")).ok());
  const std::string svg = read(path("a.svg"));
  for (const char* word :
       {">KV memory over the run<", ">KV memory, all layers and heads (GiB)<", ">row<", ">live<",
        ">inactive<", ">evicted<", ">chunk boundary<", ">128K<", ">peak at row 131071<"}) {
    EXPECT_NE(svg.find(word), std::string::npos) << word;
  }
  EXPECT_NE(svg.find("sans-serif"), std::string::npos);
  EXPECT_EQ(svg.find("<image"), std::string::npos) << "areas stay shapes";
}

TEST_F(Save, AMeanOfStreamsExplainsTheStatesThatItHas) {
  const auto svg = [](const StateMap& each) {
    StateMap map;
    map.rows = each.rows;
    map.sum = StateSum::make(each.streams, each.rows);
    return render_plot({"", "", map}, "svg").value();
  };
  StateMap each = samples::streaming_map({20, 7, 6, 2, 4});
  EXPECT_NE(svg(each).find(">evicted<"), std::string::npos);
  EXPECT_EQ(svg(each).find(">inactive<"), std::string::npos);
  each.streams.front() = {std::make_shared<const std::vector<std::int32_t>>(27, 27), 5};
  EXPECT_EQ(svg(each).find(">evicted<"), std::string::npos);
  EXPECT_NE(svg(each).find(">inactive<"), std::string::npos);
}

TEST_F(Save, LayersWithoutAnythingAreNotExplained) {
  StackedAreas areas;
  areas.layers = {{"live", Role::kLive}, {"inactive", Role::kInactive}};
  areas.series =
      std::make_shared<const StackedSeries>(StackedSeries::make({0, 1}, {{1, 2}, {0, 0}}).value());
  const std::string svg = render_plot({"", "", areas}, "svg").value();
  EXPECT_NE(svg.find(">live<"), std::string::npos);
  EXPECT_EQ(svg.find(">inactive<"), std::string::npos);
}

// A thousand boundaries are left out; the eight of a part are not.
TEST_F(Save, BoundariesAreThoseOfTheViewThatIsShown) {
  PlotSpec spec = samples::timeline(131072, 100, 128, 0.3);
  EXPECT_EQ(render_plot(spec, "svg").value().find(">chunk boundary<"), std::string::npos);
  std::get<StackedAreas>(spec.content).x.range = Range{10000, 11000};
  EXPECT_NE(render_plot(spec, "svg").value().find(">chunk boundary<"), std::string::npos);
  std::get<StackedAreas>(spec.content).x.range = Range{10000, 10100};  // between two
  EXPECT_EQ(render_plot(spec, "svg").value().find(">chunk boundary<"), std::string::npos);
}

TEST_F(Save, PdfHasOnePageOfTheRightSizeAndNoDate) {
  for (const PlotSpec& spec : all_kinds()) {
    const std::string pdf = render_plot(spec, "pdf").value();
    ASSERT_EQ(pdf.substr(0, 5), "%PDF-");
    EXPECT_NE(pdf.find("/Count 1"), std::string::npos);
    EXPECT_EQ(pdf.find("/Count 2"), std::string::npos);
    EXPECT_EQ(pdf.find("CreationDate"), std::string::npos);
    EXPECT_EQ(pdf.find("ModDate"), std::string::npos);
  }
  const std::string pdf = render_plot(samples::lines_over_chunk(), "pdf").value();
  const std::size_t box = pdf.find("/MediaBox");
  ASSERT_NE(box, std::string::npos);
  std::istringstream numbers(pdf.substr(pdf.find('[', box) + 1, 60));
  double left = -1, bottom = -1, right = -1, top = -1;
  numbers >> left >> bottom >> right >> top;
  EXPECT_EQ((std::array{left, bottom, right, top}), (std::array{0.0, 0.0, 480.0, 300.0}))
      << "640 x 400 pixels at 96 per inch";
}

TEST_F(Save, SameSpecSameBytes) {
  for (const PlotSpec& spec : all_kinds()) {
    for (const char* extension : {"png", "svg", "pdf"}) {
      const std::string once = render_plot(spec, extension).value();
      EXPECT_EQ(once, render_plot(spec, extension).value()) << extension;
      PlotOptions dark;
      dark.look = Look::kDark;
      EXPECT_NE(once, render_plot(spec, extension, dark).value()) << extension;
    }
  }
}

// Qt keeps one face per font file, in the state in which the last new bitmap of a glyph left it.
void write_at(double fraction) {
  static int size = 12;  // new ones each time
  QImage image(800, 80, QImage::Format_RGB32);
  QPainter painter(&image);
  QFont font("DejaVu Sans");
  font.setPixelSize(++size);
  font.setHintingPreference(QFont::PreferNoHinting);
  painter.setFont(font);
  painter.drawText(QPointF(10 + fraction, 30), "j");
}

TEST_F(Save, HalosAreTheSameWhateverWasWrittenBefore) {
  PlotSpec lines = samples::lines_over_chunk();
  std::get<LinePlot>(lines.content).references.push_back({1, "90 %"});
  for (const PlotSpec& spec : {samples::timeline(131072, 8192, 32768, 0.3), lines}) {
    for (const char* extension : {"png", "svg", "pdf"}) {
      const auto before = render_plot(spec, extension);
      ASSERT_TRUE(before.ok());
      for (const double fraction : {0.0, 0.25, 0.5, 0.75}) {
        write_at(fraction);
        EXPECT_TRUE(*render_plot(spec, extension) == *before)
            << spec.title << ", " << extension << ", " << fraction;
      }
    }
  }
}

TEST_F(Save, DenseDataStaysSmallAsShapes) {
  PlotSpec spec = samples::timeline(1000, 10, 100, 0.5);
  std::get<StackedAreas>(spec.content).series =
      std::make_shared<const StackedSeries>(samples::large_series(200000));
  EXPECT_LT(render_plot(spec, "svg").value().size(), 400000U);
}

// All numbers of a picture are in the unit of its largest, or of what the axis names.
TEST_F(Save, UnitsAreThoseOfTheLargestValue) {
  BarChart chart;
  chart.parts = {{"a", Role::kLive}, {"b", Role::kInactive}};
  chart.bars = {{"one", {3, 4}}, {"two", {6, 0}}};
  EXPECT_EQ(unit_value(chart), 7);
  auto areas = std::get<StackedAreas>(samples::timeline(1000, 10, 100, 0.5).content);
  const auto highest = static_cast<double>(areas.series->highest());
  EXPECT_EQ(unit_value(areas), highest);
  areas.references = {{2 * highest, "capacity"}};
  EXPECT_EQ(unit_value(areas), 2 * highest);
  areas.y.unit_of = 5;
  EXPECT_EQ(unit_value(areas), 5);
  LinePlot lines;
  lines.series = {{"a", {1, 2}, {-8, 3}}};
  EXPECT_EQ(unit_value(lines), 8);
}

TEST_F(Save, UnknownExtensionIsNamed) {
  for (const char* name : {"a.gif", "a", "a.png.txt"}) {
    const Status status = save_plot(samples::one_point(), path(name));
    ASSERT_FALSE(status.ok());
    EXPECT_NE(status.error().message().find("use .png, .svg or .pdf"), std::string::npos);
    EXPECT_NE(status.error().message().find(name), std::string::npos);
    EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(Save, UnwritablePathsAreErrors) {
  fs::create_directories(folder_ / "folder.png");
  for (const std::string& name :
       {path("missing/a.png"), path("folder.png"), std::string("/dev/null/a.png")}) {
    const Status status = save_plot(samples::one_point(), name);
    ASSERT_FALSE(status.ok()) << name;
    EXPECT_EQ(status.error().where, name);
    EXPECT_EQ(status.error().kind, ErrorKind::kEnvironment);
  }
  EXPECT_EQ(files(), 1U);
}

TEST_F(Save, AFailedSaveKeepsTheOldFile) {
  std::ofstream(path("a.svg")) << "old";
  LinePlot empty;
  EXPECT_FALSE(save_plot({"t", "", empty}, path("a.svg")).ok());
  EXPECT_EQ(read(path("a.svg")), "old");
  ASSERT_TRUE(save_plot(samples::one_point(), path("a.svg")).ok());
  EXPECT_NE(read(path("a.svg")).find("<svg"), std::string::npos);
  EXPECT_EQ(files(), 1U);
}

TEST_F(Save, SizesOutOfReachAreErrors) {
  PlotOptions options;
  options.width = 100000;
  EXPECT_FALSE(render_plot(samples::one_point(), "png", options).ok());
  options.width = -1;
  EXPECT_FALSE(render_plot(samples::one_point(), "png", options).ok());
  options = {};
  options.scale = 0;
  EXPECT_FALSE(render_plot(samples::one_point(), "png", options).ok());
  for (const double scale : {0.0, 0.2, 8.1}) {
    options = {};
    options.font_scale = scale;
    EXPECT_FALSE(render_plot(samples::one_point(), "png", options).ok()) << scale;
  }
  // The longer side counts, in pixels of the file.
  options = {};
  options.width = 100;
  options.height = 16385;
  EXPECT_FALSE(render_plot(samples::one_point(), "png", options).ok());
  options.height = 8193;
  options.scale = 2;
  EXPECT_FALSE(render_plot(samples::one_point(), "png", options).ok());
}

// What is painted over a plot is painted in its coordinates, and nowhere beside the plot.
TEST_F(Save, ALayerStaysOnThePlot) {
  PlotOptions options;
  options.width = 300;
  options.height = 200;
  QRectF plot;
  QRectF on_device;
  QSizeF page;
  const Layer flood = [&](QPainter& painter, const PlotGeometry& geometry, const Theme&) {
    plot = geometry.plot;
    on_device = painter.deviceTransform().mapRect(QRectF(geometry.plot));
    page = QSizeF(painter.device()->width(), painter.device()->height());
    painter.fillRect(QRectF(-1e4, -1e4, 2e4, 2e4), Qt::magenta);
  };
  options.scale = 2;
  const std::string png = render_plot(samples::one_point(), "png", options, flood).value();
  const QImage image = QImage::fromData(QByteArray::fromStdString(png));
  ASSERT_EQ(image.size(), QSize(600, 400));
  const QRgb ink = QColor(Qt::magenta).rgb();
  for (int y = 0; y < 400; ++y) {
    for (int x = 0; x < 600; ++x) {
      const bool inside = plot.contains(QPointF(x + 0.5, y + 0.5) / 2);
      ASSERT_EQ(image.pixel(x, y) == ink, inside) << x << " " << y;
    }
  }
  // On a page of 300 x 200 pixels at 96 per inch, in dots of 1200 per inch.
  ASSERT_TRUE(render_plot(samples::one_point(), "pdf", options, flood).ok());
  EXPECT_NEAR(page.width(), 3750, 1);
  EXPECT_NEAR(page.height(), 2500, 1);
  EXPECT_NEAR(on_device.width(), plot.width() * 12.5, 1);
  EXPECT_NEAR(on_device.left(), plot.left() * 12.5, 1);
  EXPECT_NEAR(on_device.bottom(), plot.bottom() * 12.5, 1);
}

TEST_F(Save, EmptyAndBrokenDataAreErrors) {
  LinePlot log;
  log.x.scale = Scale::kLog2;
  log.series = {{"a", {0}, {1}}};
  LinePlot uneven;
  uneven.series = {{"a", {1, 2}, {1}}};
  LinePlot infinite;
  infinite.series = {{"a", {1}, {1.0 / 0.0}}};
  HeatMap cells;
  cells.rows = 2;
  cells.columns = 2;
  cells.values = {1, 2, 3};
  StateMap early;
  early.rows = 2;
  early.streams.push_back({std::make_shared<const std::vector<std::int32_t>>(2, 1)});
  StateMap other_rows;
  other_rows.rows = 3;
  other_rows.sum = StateSum::make(samples::streaming_map({2, 2, 2, 1, 1}).streams, 4);
  BarChart parts;
  parts.parts = {{"KV", Role::kLive}};
  parts.bars = {{"a", {1, 2}}};
  StackedAreas unnamed;
  unnamed.series = std::make_shared<const StackedSeries>(samples::large_series(3));
  LinePlot turned;
  turned.series = {{"a", {1}, {1}}};
  turned.x.range = Range{2, 1};
  LinePlot empty_range = turned;
  empty_range.x.range = Range{2, 2};
  BarChart negative;
  negative.parts = {{"KV", Role::kLive}};
  negative.bars = {{"a", {-1}}};
  auto wide = std::get<StateMap>(samples::state_map_with_inactive().content);
  wide.inactive.front().key_end = static_cast<std::int32_t>(wide.rows) + 1;
  const std::vector<PlotSpec> specs = {
      {"", "", StackedAreas{}}, {"", "", LinePlot{}}, {"", "", HeatMap{}},
      {"", "", StateMap{}},     {"", "", BarChart{}}, {"", "", log},
      {"", "", uneven},         {"", "", infinite},   {"", "", cells},
      {"", "", early},          {"", "", other_rows}, {"", "", parts},
      {"", "", unnamed},        {"", "", turned},     {"", "", empty_range},
      {"", "", negative},       {"", "", wide}};
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto result = render_plot(specs[i], "png");
    ASSERT_FALSE(result.ok()) << i;
    EXPECT_EQ(result.error().where, "plot data") << i;
    EXPECT_FALSE(result.error().what.empty());
  }
}

}  // namespace
}  // namespace kvfoot::plots
