// Plot data against numbers worked by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

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

// By hand, per stream of 64 values, KIVI with 2 bits and groups and residual of 32: at row 63 the
// pass of 64 rows lies in bf16, 64 * 256 B. At row 64 the past of 64 is stored and one row is not:
// keys 64 * 16 + 2 groups * 64 * 4 = 1536, values 32 * (16 + 2 * 4) + 32 * 128 = 4864, and 256.
TEST(StackedArea, TheStackIsFullAttentionInTheSameStorage) {
  RunInputs inputs;
  inputs.policy = "streaming";
  inputs.run = {.prompt = 64, .output = 1};
  inputs.shape.layers = 2;
  inputs.shape.kv_heads = 2;
  inputs.shape.head_dim = 64;
  inputs.layout.quant = *parse_kv_quant("kivi:bits=2,group=32,residual=32");
  const std::vector<TimelinePoint> points = {
      {.row = 63, .live = 256, .inactive = 0, .evicted = 0, .resident_bytes = 65536},
      {.row = 64, .live = 96, .inactive = 32, .evicted = 132, .resident_bytes = 8000}};
  const StackedArea area = stacked_area(points, inputs, 4, EntryUnit::kGiB);
  constexpr double kGiB = 1 << 30;
  EXPECT_NEAR(area.live[0] * kGiB, 4 * 64 * 256, 1e-3);
  EXPECT_NEAR(area.evicted[0] * kGiB, 0, 1e-3);
  EXPECT_NEAR(area.live[1] * kGiB, 6000, 1e-3);
  EXPECT_NEAR(area.inactive[1] * kGiB, 2000, 1e-3);
  EXPECT_NEAR(area.evicted[1] * kGiB, 4 * (1536 + 4864 + 256) - 8000, 1e-3);
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

// Parameters that all lines of a layout share would make names too long to tell apart.
TEST(LineChart, LayoutsAreNamedByWhatDiffers) {
  std::vector<RunResult> rows;
  for (const char* quant : {"none", "kivi:bits=2,group=32,residual=128",
                            "kivi:bits=4,group=32,residual=128", "kvquant:bits=4,outliers=0.01"}) {
    for (const char* sparsity : {"0.5", "0.7"}) {
      rows.push_back(row("snapkv", {{"sparsity", sparsity}}, 16, 0.6));
      rows.back().inputs.layout.quant = *parse_kv_quant(quant);
    }
  }
  const auto chart = line_chart(rows, "budget", "footprint");
  ASSERT_TRUE(chart) << chart.error().message();
  std::vector<std::string> names;
  for (const LineSeries& series : chart->series) {
    names.push_back(series.name);
  }
  EXPECT_THAT(names, ElementsAre("snapkv, KV none", "snapkv, KV kivi bits=2",
                                 "snapkv, KV kivi bits=4", "snapkv, KV kvquant"));
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

}  // namespace
}  // namespace kvfoot
