// Results become the plots that say the same numbers.
#include <gtest/gtest.h>

#include <cmath>

#include "gui/plots/from_report.hpp"
#include "gui/plots/save.hpp"

namespace kvfoot::plots {
namespace {

RunInputs inputs(std::int64_t prompt, std::int64_t output, std::int64_t chunk) {
  RunInputs in;
  in.policy = "streaming";
  in.spec = "streaming:sinks=1,window=2";
  in.params = {{"sinks", "1"}, {"window", "2"}};
  in.shape = builtin_shape("llama-3.1-8b").value();
  in.run.prompt = prompt;
  in.run.output = output;
  in.run.chunk = chunk;
  return in;
}

TEST(FromReport, TimelineMarksThePeakAndTheChunks) {
  // S=1, W=2, n=8, m=4, chunk 4: residency 1 2 3 4 | 4 5 6 7 | 4 4 4 4.
  const std::vector<TimelinePoint> points = {{0, 1, 0, 0, 0}, {3, 4, 0, 0, 0}, {4, 4, 0, 1, 0},
                                             {7, 6, 1, 1, 0}, {8, 4, 0, 5, 0}, {11, 4, 0, 8, 0}};
  const auto spec = timeline_plot(points, inputs(8, 4, 4), 1, EntryUnit::kEntries).value();
  const auto& areas = std::get<StackedAreas>(spec.content);
  ASSERT_TRUE(areas.peak.has_value());
  EXPECT_EQ(areas.peak->x, 7);
  EXPECT_EQ(areas.peak->y, 7);
  EXPECT_EQ(areas.peak->label, "peak 7 at row 7");
  EXPECT_EQ(areas.boundaries, std::vector<double>{4});
  EXPECT_EQ(areas.decode_begin, 8);
  EXPECT_EQ(areas.series->boundary(2)[5], 12);
  EXPECT_TRUE(render_plot(spec, "png").ok());

  const auto bytes = timeline_plot(points, inputs(8, 4, 4), 1).value();
  EXPECT_EQ(std::get<StackedAreas>(bytes.content).peak->label, "peak 3.5 KiB at row 7");
  EXPECT_FALSE(timeline_plot({}, inputs(8, 4, 4), 1).ok());

  // An entry takes 512 B. The 1920 that stay are 960 KiB; with those that are evicted the picture
  // is as high as 1.25 MiB, and all its numbers are in MiB.
  const std::vector<TimelinePoint> many = {
      {0, 1, 0, 0, 0}, {1919, 1920, 0, 0, 0}, {2559, 1920, 0, 640, 0}};
  const auto mixed = timeline_plot(many, inputs(2560, 0, 128), 1).value();
  EXPECT_EQ(std::get<StackedAreas>(mixed.content).peak->label, "peak 0.938 MiB at row 1919");
  EXPECT_FALSE(std::get<StackedAreas>(mixed.content).decode_begin) << "nothing is decoded";
}

TEST(FromReport, LinesKnowTheirUnits) {
  std::vector<RunResult> rows;
  for (const std::int64_t chunk : {2048L, 8192L, 131072L}) {
    RunResult row;
    row.inputs = inputs(131072, 100, chunk);
    row.metrics.footprint = static_cast<double>(chunk) / 131072;
    rows.push_back(row);
  }
  const auto spec = line_plot(rows, "chunk", "footprint").value();
  const auto& plot = std::get<LinePlot>(spec.content);
  EXPECT_EQ(plot.x.scale, Scale::kLog2);
  EXPECT_EQ(plot.y.quantity, Quantity::kPercent);
  ASSERT_EQ(plot.x.ticks.size(), 3U);
  EXPECT_EQ(plot.x.ticks[0].label, "2K");
  EXPECT_EQ(plot.x.ticks[2].label, "all");
  EXPECT_EQ(spec.title, "KV footprint against prefill chunk");
  EXPECT_EQ(spec.subtitle, "llama-3.1-8b · prompt 128K · output 100");
  ASSERT_EQ(plot.series.size(), 1U);
  EXPECT_EQ(plot.series[0].y[2], 1.0);
  EXPECT_TRUE(render_plot(spec, "svg").ok());
  EXPECT_FALSE(line_plot(rows, "chunk", "footprnt").ok());
}

std::vector<RunResult> rows_of(std::size_t count) {
  std::vector<RunResult> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    rows[i].inputs = inputs(1000, 10, static_cast<std::int64_t>(i + 1) * 10);
    rows[i].metrics.footprint = 0.01 * static_cast<double>(i + 1);
    rows[i].metrics.retained_mass = 0.9;
  }
  return rows;
}

TEST(FromReport, FewValuesAreMarkedWhereTheyAre) {
  const auto ticks = [](std::span<const RunResult> rows) {
    const PlotSpec spec = line_plot(rows, "chunk", "footprint").value();
    return std::get<LinePlot>(spec.content).x.ticks;
  };
  std::vector<RunResult> rows = rows_of(11);
  EXPECT_EQ(ticks(std::span(rows).first(10)).size(), 10U);
  EXPECT_TRUE(ticks(rows).empty());
  // The chunk that is all of one prompt is a part of the other.
  rows.resize(2);
  rows[1].inputs.run.chunk = 1000;
  EXPECT_EQ(ticks(rows).back().label, "all");
  rows[1].inputs.run.prompt = 2000;
  EXPECT_EQ(ticks(rows).back().label, "1000");
}

TEST(FromReport, MassBesideOneIsNotShownFromZero) {
  const auto from_zero = [](const char* metric) {
    const PlotSpec spec = line_plot(rows_of(3), "chunk", metric).value();
    return std::get<LinePlot>(spec.content).y_from_zero;
  };
  EXPECT_TRUE(from_zero("footprint"));
  EXPECT_FALSE(from_zero("retained_mass"));
}

TEST(FromReport, TheSubtitleLeavesOutWhatTheAxisSays) {
  const std::vector<RunResult> one = rows_of(1);
  const auto subtitle = [&](const char* axis) {
    return line_plot(one, axis, "footprint").value().subtitle;
  };
  EXPECT_EQ(subtitle("prompt"), "llama-3.1-8b · output 10 · chunk 10");
  EXPECT_EQ(subtitle("output"), "llama-3.1-8b · prompt 1000 · chunk 10");
  EXPECT_EQ(subtitle("chunk"), "llama-3.1-8b · prompt 1000 · output 10");
}

TEST(FromReport, PoliciesWithoutTheParameterAreLevelLines) {
  std::vector<RunResult> rows(3);
  for (std::size_t i = 0; i < 3; ++i) {
    rows[i].inputs = inputs(1000, 10, 0);
    rows[i].metrics.footprint = 0.3 * static_cast<double>(i + 1);
  }
  rows[0].inputs.policy = rows[1].inputs.policy = "snapkv";
  rows[0].inputs.params = {{"sparsity", "0.7"}};
  rows[1].inputs.params = {{"sparsity", "0.5"}};
  rows[2].inputs.policy = "full";
  rows[2].inputs.params.clear();
  const auto spec = line_plot(rows, "sparsity", "footprint").value();
  const auto& plot = std::get<LinePlot>(spec.content);
  ASSERT_EQ(plot.references.size(), 1U);
  EXPECT_EQ(plot.references[0].label, "full");
  EXPECT_DOUBLE_EQ(plot.references[0].y, 0.9);
  EXPECT_TRUE(render_plot(spec, "pdf").ok());
}

TEST(FromReport, HeadsKeepUnknownCells) {
  const std::vector<StreamPoint> points = {{4, 0, 0, 4}, {4, 0, 1, 1}, {4, 1, 0, 2}};
  const auto spec = heads_plot(kept_share_map(points, 2, 2, 4)).value();
  const auto& map = std::get<HeatMap>(spec.content);
  EXPECT_EQ(map.rows, 2);
  EXPECT_EQ(map.values[1], 0.25F);
  EXPECT_TRUE(std::isnan(map.values[3]));
  EXPECT_EQ(map.colour.quantity, Quantity::kPercent);
}

TEST(FromReport, HeadsAreNamedByWhatIsStored) {
  RunInputs in = inputs(1000, 10, 0);
  in.shape.q_heads = 8;
  in.shape.kv_heads = 2;
  EXPECT_EQ(head_label(in, 2), "KV head");
  EXPECT_EQ(head_label(in, 8), "query head");
  const auto heads = heads_plot(kept_share_map({}, 2, 8, 4), head_label(in, 8)).value();
  EXPECT_EQ(std::get<HeatMap>(heads.content).column_label, "Query head");
  const RunLengths run{.prompt = 4, .output = 1, .chunk = 2};
  EXPECT_EQ(state_plot({}, {}, run, 1, 5, head_label(in, 8)).value().title,
            "Layer 1, query head 5");
}

TEST(FromReport, StatesFollowTheDecisionLog) {
  // S=1, W=2, n=4, m=4, chunk 2: 26 of 36 entries.
  RunLengths run;
  run.prompt = 4;
  run.output = 4;
  run.chunk = 2;
  const std::vector<DecisionRecord> log = {{1, 0, 0, 3, {{1, 2}}}, {2, 0, 0, 3, {{2, 3}}},
                                           {3, 0, 0, 3, {{3, 4}}}, {4, 0, 0, 3, {{4, 5}}},
                                           {4, 7, 7, 3, {{0, 5}}}, {4, 0, 7, 3, {{0, 5}}},
                                           {4, 7, 0, 3, {{0, 5}}}};
  const auto spec = state_plot(log, {}, run, 0, 0).value();
  const auto& map = std::get<StateMap>(spec.content);
  EXPECT_EQ(*map.streams[0].evicted_at, (std::vector<std::int32_t>{8, 4, 5, 6, 7, 8, 8, 8}));
  EXPECT_EQ(map.boundaries, std::vector<std::int64_t>{2});
  EXPECT_EQ(map.decode_begin, 4);
  EXPECT_EQ(spec.subtitle, "footprint 72.2 %");

  const std::vector<DecisionRecord> wild = {{1, 0, 0, 3, {{1, 99}}}};
  EXPECT_FALSE(state_plot(wild, {}, run, 0, 0).ok());
  const std::vector<DecisionRecord> late = {{99, 0, 0, 3, {{1, 2}}}};
  EXPECT_FALSE(state_plot(late, {}, run, 0, 0).ok());
  const std::vector<InactiveRange> outside = {{0, 99, {0, 1}}};
  EXPECT_FALSE(state_plot(log, outside, run, 0, 0).ok());
}

}  // namespace
}  // namespace kvfoot::plots
