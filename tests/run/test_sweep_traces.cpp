// Sweeps over recorded traces: the same numbers as single replays, in any company.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "sim/io/file.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/sweep_export.hpp"
#include "sim/run/replay.hpp"
#include "sim/run/sweep_replay.hpp"
#include "tests/engine/synthetic_trace.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;

class SweepTraces : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("kvfoot_sweep_traces_" + std::to_string(::getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_ / "scenarios");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void record(const std::string& name, const std::string& policy, std::uint64_t seed) {
    test::SyntheticTrace what{.shape = test::small_shape(2, 2, 2), .run = test::lengths(40, 6, 12)};
    what.policy = policy;
    what.seed = seed;
    const Status status = test::write_synthetic_trace((folder_ / name).string(), what);
    ASSERT_TRUE(status) << status.error().message();
  }
  Scenario scenario(const std::string& rest) {
    const auto file = folder_ / "scenarios" / "s.yaml";
    EXPECT_TRUE(write_file(file, "kvfoot: 1\n" + rest));
    auto loaded = load_scenario(file);
    EXPECT_TRUE(loaded) << loaded.error().message();
    return *std::move(loaded);
  }
  Result<SweepOutcome> sweep(const Scenario& scenario, std::int64_t jobs) {
    KVFOOT_ASSIGN(const ReplaySweep replays, replay_sweep(scenario, nullptr));
    SweepOptions options;
    options.jobs = jobs;
    options.journal_folder = folder_;
    options.inputs_hash = replays.inputs_hash;
    return run_sweep(scenario, replays.runner, options);
  }

  std::filesystem::path folder_;
};

TEST_F(SweepTraces, EveryPointIsOneReplay) {
  record("a.h5", "full", 1);
  record("b.h5", "full", 2);
  const Scenario plan = scenario(
      "workload: {trace: [../a.h5, ../b.h5], output: [2, 6]}\nchunk: [12, all]\npolicy:\n"
      "  - full\n  - snapkv: {sparsity: [0.25, 0.5], window: 4}\n  - tova: {budget: 12}\n"
      "  - h2o: {heavy: 6, recent: 6}\n  - duo: {sparsity: 0.5, sinks: 1, window: 4}\n");
  ASSERT_EQ(plan.points.size(), 2u * 2u * 2u * 6u);
  std::string first;
  for (const std::int64_t jobs : {1, 4}) {
    const auto outcome = sweep(plan, jobs);
    ASSERT_TRUE(outcome) << outcome.error().message();
    ASSERT_TRUE(outcome->result.failed.empty()) << outcome->result.failed.front().error;
    for (std::size_t i = 0; i < plan.points.size(); ++i) {
      const ScenarioPoint& point = plan.points[i];
      ReplayRequest request;
      auto trace = TraceReader::open((folder_ / "scenarios" / point.trace).string());
      ASSERT_TRUE(trace);
      request.trace = *std::move(trace);
      request.output = point.output;
      request.chunk = point.chunk;
      request.policy = point.policy;
      const auto alone = replay(request);
      ASSERT_TRUE(alone) << alone.error().message();
      const RunResult& row = outcome->result.results[i];
      EXPECT_EQ(row.inputs.trace, point.trace);
      EXPECT_EQ(row.provenance.trace_hash.size(), 16u);
      EXPECT_EQ(row.inputs.run, alone->inputs.run);
      for (const MetricInfo& metric : metric_table()) {
        EXPECT_EQ(metric.get(row.metrics), metric.get(alone->metrics))
            << metric.name << " of " << describe(point);
      }
      EXPECT_TRUE(row.metrics.retained_mass.has_value());
    }
    const std::string json = sweep_to_json(outcome->result);
    first = first.empty() ? json : first;
    EXPECT_EQ(json, first);
    remove_journals(*outcome);
  }
}

TEST_F(SweepTraces, ATraceThatChangedIsNotMixedWithItsOldResults) {
  record("a.h5", "full", 1);
  const Scenario plan = scenario("workload: {trace: ../a.h5}\nchunk: 12\npolicy: [full]\n");
  ASSERT_TRUE(sweep(plan, 1));
  record("a.h5", "full", 2);
  const auto again = sweep(plan, 1);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message(), HasSubstr("--fresh"));
}

TEST_F(SweepTraces, ATraceOfAnEvictingPolicyServesOnlyThatPolicy) {
  record("t.h5", "tova:budget=12", 1);
  const auto outcome = sweep(
      scenario(
          "workload: {trace: ../t.h5}\nchunk: 12\npolicy: ['tova:budget=12', 'tova:budget=9']\n"),
      1);
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(outcome->result.results.size(), 1u);
  ASSERT_EQ(outcome->result.failed.size(), 1u);
  EXPECT_THAT(outcome->result.failed.front().run, HasSubstr("tova:budget=9 on ../t.h5"));
}

TEST_F(SweepTraces, RetainedMassCanBeLeftOut) {
  record("a.h5", "full", 1);
  const auto outcome = sweep(
      scenario("workload: {trace: ../a.h5}\nchunk: 12\npolicy: full\nretained_mass: false\n"), 1);
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_FALSE(outcome->result.results.front().metrics.retained_mass.has_value());
}

}  // namespace
}  // namespace kvfoot
