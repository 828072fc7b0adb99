// A sweep over a shape gives what single replays give.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "sim/report/metric_table.hpp"
#include "sim/report/sweep_export.hpp"
#include "sim/run/replay.hpp"
#include "sim/run/sweep_replay.hpp"

namespace kvfoot {
namespace {

TEST(SweepReplay, EveryPointIsOneReplay) {
  ScenarioContext context;
  context.resolve_shape = [](std::string_view name) { return builtin_shape(name); };
  const auto scenario = parse_scenario(
      "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 4096, output: [0, 64]}\n"
      "chunk: [512, all]\naccounting: [exact, paper]\npolicy:\n  - full\n"
      "  - duo: {sparsity: [0.5, 0.7], sinks: 16, window: 64}\n  - snapkv: {sparsity: 0.5}\n",
      "s.yaml", context);
  ASSERT_TRUE(scenario) << scenario.error().message();
  const auto sweep = replay_sweep(*scenario, nullptr);
  ASSERT_TRUE(sweep) << sweep.error().message();
  EXPECT_EQ(sweep->inputs_hash, "");

  const auto folder = std::filesystem::path(::testing::TempDir()) /
                      ("kvfoot_sweep_replay_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::string first;
  for (const std::int64_t jobs : {1, 4}) {
    SweepOptions options;
    options.jobs = jobs;
    options.journal_folder = folder;
    const auto outcome = run_sweep(*scenario, sweep->runner, options);
    ASSERT_TRUE(outcome) << outcome.error().message();
    ASSERT_EQ(outcome->result.results.size(), scenario->points.size());
    EXPECT_TRUE(outcome->result.failed.empty());
    for (std::size_t i = 0; i < scenario->points.size(); ++i) {
      const ScenarioPoint& point = scenario->points[i];
      ReplayRequest request;
      request.shape = point.shape;
      request.prompt = point.prompt;
      request.output = point.output;
      request.chunk = point.chunk;
      request.policy = point.policy;
      request.accounting = point.accounting;
      const auto alone = replay(request);
      ASSERT_TRUE(alone) << alone.error().message();
      const RunResult& row = outcome->result.results[i];
      EXPECT_EQ(row.inputs, alone->inputs);
      for (const MetricInfo& metric : metric_table()) {
        EXPECT_EQ(metric.get(row.metrics), metric.get(alone->metrics)) << metric.name;
      }
    }
    const std::string csv = results_to_csv(outcome->result.results);
    first = first.empty() ? csv : first;
    EXPECT_EQ(csv, first);
    remove_journals(*outcome);
  }
  std::filesystem::remove_all(folder);
}

TEST(SweepReplay, AMissingTraceIsFoundBeforeAnythingRuns) {
  const auto scenario =
      parse_scenario("kvfoot: 1\nworkload: {trace: none.h5}\npolicy: full\n", "s.yaml", {});
  ASSERT_TRUE(scenario) << scenario.error().message();
  const auto sweep = replay_sweep(*scenario, nullptr);
  ASSERT_FALSE(sweep);
  EXPECT_NE(sweep.error().message().find("none.h5"), std::string::npos);
}

}  // namespace
}  // namespace kvfoot
