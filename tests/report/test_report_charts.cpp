// Which pictures a set of results gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/report/report_charts.hpp"

namespace kvfoot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

RunResult run(std::string policy, std::vector<std::pair<std::string, std::string>> params,
              std::int64_t chunk, std::int64_t output = 8) {
  RunResult result;
  result.inputs.policy = std::move(policy);
  result.inputs.params = std::move(params);
  result.inputs.shape = {"tiny", 2, 4, 2, 32, 128, 256, 512, true};
  result.inputs.run = {.prompt = 64, .output = output, .chunk = chunk};
  result.inputs.spec = short_spec(result.inputs);
  result.metrics.rows = 72;
  result.metrics.peak_kv_bytes = 1024;
  return result;
}

std::vector<std::string> names(const ReportCharts& charts) {
  std::vector<std::string> names;
  for (const LineFigure& figure : charts.lines) {
    names.push_back(figure.name.metric + "_vs_" + figure.name.axis);
  }
  return names;
}

TEST(ReportCharts, TheAxisWithMostPointsComesFirst) {
  std::vector<RunResult> results;
  for (const std::int64_t chunk : {8, 16}) {
    results.push_back(run("full", {}, chunk));
    for (const char* sparsity : {"0.3", "0.5", "0.7"}) {
      results.push_back(run("snapkv", {{"sparsity", sparsity}}, chunk));
    }
  }
  EXPECT_THAT(
      names(report_charts(results)),
      ElementsAre("footprint_vs_sparsity", "peak_kv_bytes_vs_sparsity", "footprint_vs_chunk"));
  results[1].metrics.retained_mass = 0.5;
  results[1].metrics.tpot_s = 0.5;
  results[1].metrics.peak_total_bytes = 5;
  EXPECT_THAT(names(report_charts(results)),
              ElementsAre("footprint_vs_sparsity", "peak_total_bytes_vs_sparsity",
                          "retained_mass_vs_sparsity", "tpot_s_vs_sparsity", "footprint_vs_chunk"));
}

// duo's window is a budget of its streaming heads, snapkv's the rows that vote: two policies that
// differ in it are not a line.
TEST(ReportCharts, AParameterMustChangeAlongALine) {
  const std::vector<RunResult> results = {run("duo", {{"window", "1024"}}, 8),
                                          run("snapkv", {{"window", "64"}}, 8), run("full", {}, 8)};
  const ReportCharts charts = report_charts(results);
  EXPECT_THAT(charts.lines, IsEmpty());
  ASSERT_EQ(charts.bars.size(), 1u);
  EXPECT_EQ(charts.bars[0].bars[1].name, "snapkv:window=64");
  std::vector<RunResult> massive = results;
  for (RunResult& result : massive) {
    result.metrics.retained_mass = 0.5;
  }
  ASSERT_EQ(report_charts(massive).bars.size(), 2u);
  EXPECT_EQ(report_charts(massive).bars[1].axis, "Retained mass");
}

// 3 sinks x 4 outputs are 12 lines over the chunk: outputs are fixed, and it is said.
TEST(ReportCharts, TooManyLinesAreThinnedOut) {
  std::vector<RunResult> results;
  for (const std::int64_t output : {8, 9, 10, 11}) {
    for (const std::int64_t chunk : {1, 2, 4, 8, 16}) {
      results.push_back(run("full", {}, chunk, output));
      for (const char* sinks : {"0", "4", "8"}) {
        results.push_back(run("streaming", {{"sinks", sinks}}, chunk, output));
      }
    }
  }
  const ReportCharts charts = report_charts(results);
  ASSERT_FALSE(charts.lines.empty());
  EXPECT_EQ(charts.lines[0].name.axis, "chunk");
  EXPECT_EQ(charts.lines[0].rows.size(), 20u);
  EXPECT_EQ(charts.lines[0].caption, "Here output 8; the table has the other values.");
  for (const RunResult& row : charts.lines[0].rows) {
    EXPECT_EQ(row.inputs.run.output, 8);
  }
  // What the pictures before show is fixed before anything else.
  EXPECT_EQ(charts.lines.back().name.axis, "sinks");
  EXPECT_EQ(charts.lines.back().caption, "Here chunk 1; the table has the other values.");
}

TEST(ReportCharts, MemoryIsTakenApartWhereItIsKnown) {
  std::vector<RunResult> results = {run("full", {}, 8), run("tova", {}, 8)};
  for (RunResult& result : results) {
    result.metrics.peak_total_bytes = 30;
    result.metrics.peak_total_weight_bytes = 20;
    result.metrics.peak_total_kv_bytes = 10;
  }
  const ReportCharts charts = report_charts(results);
  ASSERT_EQ(charts.bars.size(), 2u);
  EXPECT_EQ(charts.bars[1].title, "Peak memory by what it holds");
  EXPECT_THAT(charts.bars[1].bars[0].values, ElementsAre(20, 10, 0, 0, 0));
  results[1].metrics.peak_total_bytes.reset();
  EXPECT_EQ(report_charts(results).bars.size(), 1u);
}

TEST(ReportCharts, OneRunOrNoneIsNoPicture) {
  EXPECT_THAT(report_charts({}).lines, IsEmpty());
  const std::vector<RunResult> one = {run("full", {}, 8)};
  EXPECT_THAT(report_charts(one).bars, IsEmpty());
}

}  // namespace
}  // namespace kvfoot
