// Plot data against numbers worked by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/core/hash.hpp"
#include "sim/report/plot_data.hpp"

namespace kvfoot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RunResult row(std::string policy, std::vector<std::pair<std::string, std::string>> params,
              std::int64_t chunk, double footprint) {
  RunResult result;
  result.inputs.policy = std::move(policy);
  result.inputs.params = std::move(params);
  result.inputs.shape.name = "tiny";
  result.inputs.run = {.prompt = 64, .output = 8, .chunk = chunk};
  result.metrics.footprint = footprint;
  return result;
}

TEST(StackedArea, ScalesEveryStateAlike) {
  RunInputs inputs;
  inputs.policy = "streaming";
  inputs.run = {.prompt = 4, .output = 1, .chunk = 2};
  inputs.shape.head_dim = 64;
  const std::vector<TimelinePoint> points = {
      {.row = 0, .live = 4, .inactive = 0, .evicted = 0, .resident_bytes = 1},
      {.row = 3, .live = 8, .inactive = 2, .evicted = 6, .resident_bytes = 2}};
  const StackedArea area = stacked_area(points, inputs, 4, EntryUnit::kEntriesPerStream);
  EXPECT_THAT(area.row, ElementsAre(0, 3));
  EXPECT_THAT(area.live, ElementsAre(1, 2));
  EXPECT_THAT(area.inactive, ElementsAre(0, 0.5));
  EXPECT_THAT(area.evicted, ElementsAre(0, 1.5));
  EXPECT_EQ(area.prefill_end, 4);
  // One entry of 64 bf16 values for K and for V is 256 bytes: 8 entries are 2 KiB.
  const StackedArea bytes = stacked_area(points, inputs, 4, EntryUnit::kGiB);
  EXPECT_DOUBLE_EQ(bytes.live[1], 2048.0 / (1 << 30));
  EXPECT_EQ(bytes.y.unit, "GiB");
}

TEST(LineChart, OneLinePerPolicyAndReferencesWithoutTheAxis) {
  const std::vector<RunResult> rows = {
      row("full", {}, 16, 1.0),
      row("snapkv", {{"sparsity", "0.9"}}, 16, 0.3),
      row("snapkv", {{"sparsity", "0.5"}}, 16, 0.6),
      row("duo", {{"sparsity", "0.5"}, {"sinks", "4"}}, 16, 0.7),
  };
  const auto chart = line_chart(rows, "budget", "footprint");
  ASSERT_TRUE(chart) << chart.error().message();
  ASSERT_EQ(chart->series.size(), 3u);
  EXPECT_EQ(chart->series[0].name, "full");
  EXPECT_TRUE(chart->series[0].reference);
  EXPECT_THAT(chart->series[0].y, ElementsAre(1.0));
  EXPECT_EQ(chart->series[1].name, "snapkv");
  EXPECT_THAT(chart->series[1].x, ElementsAre(0.5, 0.9));
  EXPECT_THAT(chart->series[1].y, ElementsAre(0.6, 0.3));
  EXPECT_EQ(chart->series[2].name, "duo");
  EXPECT_EQ(chart->x.label, "Sparsity (evicted share)");
  EXPECT_EQ(chart->title, "KV footprint against sparsity (evicted share)");
  EXPECT_FALSE(chart->log_x);
}

TEST(LineChart, NamesSayOnlyWhatDiffers) {
  const std::vector<RunResult> rows = {
      row("snapkv", {{"sparsity", "0.5"}, {"window", "8"}, {"patch", "true"}}, 16, 0.6),
      row("snapkv", {{"sparsity", "0.5"}, {"window", "8"}, {"patch", "false"}}, 16, 0.5),
      row("snapkv", {{"sparsity", "0.5"}, {"window", "8"}, {"patch", "true"}}, 1, 0.4),
      row("snapkv", {{"sparsity", "0.5"}, {"window", "8"}, {"patch", "false"}}, 1, 0.3),
  };
  const auto chart = line_chart(rows, "chunk", "footprint");
  ASSERT_TRUE(chart) << chart.error().message();
  ASSERT_EQ(chart->series.size(), 2u);
  EXPECT_EQ(chart->series[0].name, "snapkv, patch true");
  EXPECT_EQ(chart->series[1].name, "snapkv, patch false");
  EXPECT_THAT(chart->series[0].x, ElementsAre(1, 16));
  EXPECT_TRUE(chart->log_x);
}

TEST(LineChart, EqualReferencesAreOneLine) {
  const std::vector<RunResult> rows = {
      row("full", {}, 16, 1.0),
      row("snapkv", {{"sparsity", "0.5"}}, 16, 0.6),
      row("snapkv", {{"sparsity", "0.9"}}, 16, 0.3),
      row("streaming", {}, 16, 0.2),
      row("full", {}, 32, 1.0),
      row("snapkv", {{"sparsity", "0.5"}}, 32, 0.7),
      row("snapkv", {{"sparsity", "0.9"}}, 32, 0.4),
      row("streaming", {}, 32, 0.3),
  };
  const auto chart = line_chart(rows, "budget", "footprint");
  ASSERT_TRUE(chart);
  std::vector<std::string> names;
  for (const LineSeries& series : chart->series) {
    names.push_back(series.name);
  }
  EXPECT_THAT(names, ElementsAre("full", "snapkv, chunk 16", "streaming, chunk 16",
                                 "snapkv, chunk 32", "streaming, chunk 32"));
}

TEST(LineChart, WholePromptIsDrawnAtThePromptLength) {
  const std::vector<RunResult> rows = {row("full", {}, kWholePrompt, 1.0),
                                       row("full", {}, 16, 1.0)};
  const auto chart = line_chart(rows, "chunk", "footprint");
  ASSERT_TRUE(chart);
  EXPECT_THAT(chart->series[0].x, ElementsAre(16, 64));
}

TEST(LineChart, ErrorsNameTheWordAndANearOne) {
  const std::vector<RunResult> rows = {row("full", {}, 16, 1.0)};
  EXPECT_THAT(line_chart(rows, "chunk", "footprnt").error().hint, HasSubstr("footprint"));
  EXPECT_THAT(line_chart(rows, "chnk", "footprint").error().hint, HasSubstr("chunk"));
  EXPECT_FALSE(line_chart(rows, "budget", "footprint"));
  // Absent is never zero: no row knows its time.
  EXPECT_THAT(line_chart(rows, "chunk", "ttft_s").error().what, HasSubstr("ttft_s"));
}

TEST(PlotNames, SplitIntoMetricAndAxis) {
  const auto lines = parse_plot_name("peak_kv_bytes_vs_chunk");
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->metric, "peak_kv_bytes");
  EXPECT_EQ(lines->axis, "chunk");
  EXPECT_TRUE(parse_plot_name("heads"));
  EXPECT_THAT(parse_plot_name("timelin").error().hint, HasSubstr("timeline"));
  EXPECT_FALSE(parse_plot_name("footprint_vs_"));
  EXPECT_FALSE(parse_plot_name("nothing_vs_chunk"));
}

TEST(KeptShareMap, TakesTheLastPointAtOrBeforeTheRow) {
  const std::vector<StreamPoint> points = {
      {.row = 0, .layer = 0, .head = 0, .resident = 0},
      {.row = 8, .layer = 0, .head = 0, .resident = 4},
      {.row = 9, .layer = 0, .head = 0, .resident = 5},
      {.row = 0, .layer = 1, .head = 0, .resident = 0},
  };
  const HeatMap map = kept_share_map(points, 2, 2, 8);
  EXPECT_DOUBLE_EQ(map.value[0], 0.5);
  EXPECT_TRUE(std::isnan(map.value[1]));
  EXPECT_DOUBLE_EQ(map.value[2], 0.0);
}

// n=4, m=4, c=2, one sink, window of two: 26 of the 36 cells of the triangle are resident, the
// share that Figure 1 of arXiv 2506.17121 shows.
std::vector<DecisionRecord> figure_one() {
  // After rows 0..1 nothing; after 2..3 {0,2,3}; then each decode row evicts the oldest non-sink.
  return {{.pass = 1, .layer = 0, .head = 0, .kept = 3, .evicted = {{1, 2}}},
          {.pass = 2, .layer = 0, .head = 0, .kept = 3, .evicted = {{2, 3}}},
          {.pass = 3, .layer = 0, .head = 0, .kept = 3, .evicted = {{3, 4}}},
          {.pass = 4, .layer = 0, .head = 0, .kept = 3, .evicted = {{4, 5}}},
          {.pass = 4, .layer = 0, .head = 1, .kept = 3, .evicted = {{0, 1}}}};
}

double total(const StateRaster& raster, KeyState state) {
  double sum = 0;
  for (const auto& cell : raster.share) {
    sum += static_cast<double>(cell[static_cast<std::size_t>(state)]);
  }
  return sum;
}

TEST(StateRaster, FigureOneOfThePaper) {
  const RunLengths run{.prompt = 4, .output = 4, .chunk = 2};
  const StateRaster raster = state_raster(figure_one(), {}, run, 0, 0, 100);
  EXPECT_EQ(raster.cells, 8);
  EXPECT_DOUBLE_EQ(total(raster, KeyState::kLive), 26);
  EXPECT_DOUBLE_EQ(total(raster, KeyState::kEvicted), 10);
  EXPECT_EQ(raster.at(3, 1)[0], 1);  // evicted when its pass ends, not before
  EXPECT_EQ(raster.at(4, 1)[2], 1);
  EXPECT_EQ(raster.at(2, 3)[0], 0);  // the future
  EXPECT_THAT(raster.chunk_ends, ElementsAre(2, 4));
}

TEST(StateRaster, SharesAddUpAtEveryResolution) {
  const RunLengths run{.prompt = 4, .output = 4, .chunk = 2};
  for (std::int32_t cells = 1; cells <= 8; ++cells) {
    const StateRaster raster = state_raster(figure_one(), {}, run, 0, 0, cells);
    const double cell_area = 64.0 / (cells * cells);
    EXPECT_NEAR(total(raster, KeyState::kLive) * cell_area, 26, 1e-4) << cells;
    EXPECT_NEAR(total(raster, KeyState::kEvicted) * cell_area, 10, 1e-4) << cells;
  }
}

// Against the definition, pair by pair, at resolutions that do and do not divide the rows.
TEST(StateRaster, AgreesWithANaiveTwin) {
  const RunLengths run{.prompt = 37, .output = 10, .chunk = 5};
  std::vector<DecisionRecord> decisions;
  std::vector<std::int64_t> gone(47, 47);
  for (std::int32_t pass = 0; pass < run.passes(); ++pass) {
    const std::int64_t end = pass_at(run, pass, 0).end;
    DecisionRecord record{.pass = pass, .layer = 2, .head = 1, .kept = 0, .evicted = {}};
    for (TokenPos key = 0; key < end; ++key) {
      if (gone[static_cast<std::size_t>(key)] == 47 && hash_words(pass, key) % 5 == 0) {
        record.evicted.push_back({key, key + 1});
        gone[static_cast<std::size_t>(key)] = end;
      }
    }
    decisions.push_back(record);
  }
  for (const std::int32_t cells : {1, 2, 7, 10, 23, 46, 47, 200}) {
    const StateRaster raster = state_raster(decisions, {}, run, 2, 1, cells);
    const std::int32_t side = std::min(cells, 47);
    ASSERT_EQ(raster.cells, side);
    const double width = 47.0 / side;
    const auto overlap = [&](std::int64_t unit, std::int32_t cell) {
      return std::max(0.0, std::min(static_cast<double>(unit + 1), (cell + 1) * width) -
                               std::max(static_cast<double>(unit), cell * width));
    };
    for (std::int32_t line = 0; line < side; ++line) {
      for (std::int32_t column = 0; column < side; ++column) {
        double live = 0;
        double evicted = 0;
        for (std::int64_t row = 0; row < 47; ++row) {
          for (std::int64_t key = 0; key <= row; ++key) {
            const double area = overlap(row, line) * overlap(key, column) / (width * width);
            (row < gone[static_cast<std::size_t>(key)] ? live : evicted) += area;
          }
        }
        EXPECT_NEAR(static_cast<double>(raster.at(line, column)[0]), live, 1e-6);
        EXPECT_NEAR(static_cast<double>(raster.at(line, column)[2]), evicted, 1e-6);
        EXPECT_EQ(raster.at(line, column)[1], 0);
      }
    }
  }
}

TEST(StateRaster, InactiveTakesFromLiveAndEndsWithEviction) {
  const RunLengths run{.prompt = 4, .output = 4, .chunk = 2};
  const std::vector<InactiveRange> inactive = {{.row_begin = 2, .row_end = 8, .keys = {0, 2}}};
  const StateRaster raster = state_raster(figure_one(), inactive, run, 0, 0, 8);
  EXPECT_EQ(raster.at(2, 0)[1], 1);
  EXPECT_EQ(raster.at(2, 0)[0], 0);
  EXPECT_EQ(raster.at(4, 1)[1], 0);
  EXPECT_EQ(raster.at(4, 1)[2], 1);
  EXPECT_DOUBLE_EQ(total(raster, KeyState::kInactive), 6 + 2);
  EXPECT_DOUBLE_EQ(total(raster, KeyState::kLive), 26 - 8);
}

}  // namespace
}  // namespace kvfoot
