// Replay of recorded attention: recorded answers, open loop, schedules together, cut off, too long.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "sim/engine/counts.hpp"
#include "sim/engine/replay.hpp"
#include "tests/engine/synthetic_trace.hpp"

namespace kvfoot {
namespace {

using test::lengths;
using test::make;
using test::small_shape;

class TraceReplay : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("kvfoot_replay_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<const TraceReader> record(const test::SyntheticTrace& what) {
    const std::string path = (folder_ / "trace.h5").string();
    const Status written = test::write_synthetic_trace(path, what);
    EXPECT_TRUE(written.ok()) << (written.ok() ? "" : written.error().message());
    auto opened = TraceReader::open(path);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message());
    return *std::move(opened);
  }

  std::filesystem::path folder_;
};

TraceSchedule schedule_of(const Policy& policy, const std::string& spec, const RunLengths& run) {
  TraceSchedule schedule;
  schedule.policy = &policy;
  schedule.spec = to_string(*parse_policy(spec));
  schedule.run = run;
  schedule.block = 4;
  schedule.profile = true;
  schedule.memory = true;
  return schedule;
}

TEST_F(TraceReplay, RecordedAnswersGiveTheRecordedLog) {
  const RunLengths run = lengths(40, 6, 12);
  for (const PolicyDescriptor* descriptor : builtin_policies()) {
    if (descriptor->replay_only) {
      continue;
    }
    test::SyntheticTrace what{.shape = small_shape(2, 2, 2), .run = run};
    what.policy = descriptor->example(run.prompt);
    const auto trace = record(what);
    const auto policy = make(what.policy, what.shape, run);
    const auto replayed = replay_recorded_answers(trace, *policy);
    ASSERT_TRUE(replayed.ok()) << replayed.error().message();
    EXPECT_EQ(replayed->decision_difference, "") << descriptor->name;
    EXPECT_EQ(replayed->memory_difference, "") << descriptor->name;
    EXPECT_EQ(replayed->recorded_decisions > 0, descriptor->name != "full") << descriptor->name;
  }
}

TEST_F(TraceReplay, ADifferentPolicyIsFoundOut) {
  const RunLengths run = lengths(40, 6, 12);
  test::SyntheticTrace what{.shape = small_shape(2, 2, 2), .run = run};
  what.policy = "streaming:sinks=2,window=6";
  const auto trace = record(what);
  const auto other = make("streaming:sinks=3,window=6", what.shape, run);
  const auto replayed = replay_recorded_answers(trace, *other);
  ASSERT_TRUE(replayed.ok());
  EXPECT_NE(replayed->decision_difference.find("pass 0, layer 0, head 0"), std::string::npos)
      << replayed->decision_difference;
  EXPECT_NE(replayed->memory_difference, "");
}

// What the retained mass of every stream is by definition: dense softmax rows, summed over what is
// resident.
std::vector<double> naive_mass(const Policy& policy, const ModelShape& shape, const RunLengths& run,
                               std::uint64_t seed,
                               const std::vector<std::vector<test::Positions>>& after) {
  const test::Logit logit = test::hashed_logits(seed);
  const std::int32_t heads = storage_heads(policy, shape);
  const std::int32_t group = shape.q_heads / heads;
  std::vector<double> sums(static_cast<std::size_t>(shape.layers * heads));
  for (std::int64_t p = 0; p < run.passes(); ++p) {
    const Pass pass = pass_at(run, p, 0);
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      for (std::int32_t q = 0; q < shape.q_heads; ++q) {
        const auto stream = static_cast<std::size_t>(layer * heads + q / group);
        double& sum = sums[stream];
        for (std::int64_t row = pass.begin; row < pass.end; ++row) {
          std::vector<float> logits;
          for (TokenPos key = 0; key <= row; ++key) {
            logits.push_back(logit(layer, q, static_cast<TokenPos>(row), key));
          }
          const std::vector<float> dense = test::softmax(logits);
          if (p > 0) {
            for (const TokenPos key : after[static_cast<std::size_t>(p - 1)][stream]) {
              sum += static_cast<double>(dense[static_cast<std::size_t>(key)]);
            }
          }
          for (std::int64_t key = pass.begin; key <= row; ++key) {
            sum += static_cast<double>(dense[static_cast<std::size_t>(key)]);
          }
        }
      }
    }
  }
  for (double& sum : sums) {
    sum /= static_cast<double>(group * run.rows());
  }
  return sums;
}

TEST_F(TraceReplay, OpenLoopOverAFullTrace) {
  const RunLengths recorded = lengths(48, 8, 48);
  const test::SyntheticTrace what{.shape = small_shape(2, 2, 2), .run = recorded};
  const auto trace = record(what);
  for (const PolicyDescriptor* descriptor : builtin_policies()) {
    const RunLengths run = lengths(48, 8, 16);
    const std::string spec = descriptor->example(run.prompt);
    const auto policy = make(spec, what.shape, run);
    test::Log log;
    TraceSchedule schedule = schedule_of(*policy, spec, run);
    schedule.sink = &log;
    const auto outcomes = replay_trace(trace, std::span(&schedule, 1));
    ASSERT_TRUE(outcomes.ok());
    const auto& outcome = outcomes->front();
    ASSERT_TRUE(outcome.ok()) << descriptor->name << ": " << outcome.error().message();
    const Metrics& got = outcome->schedule.metrics;

    CountOptions options;
    options.block = 4;
    const Metrics counted = replay_counts(*policy, what.shape, run, options)->metrics;
    EXPECT_EQ(got.entry_rows, counted.entry_rows) << descriptor->name;
    EXPECT_EQ(got.peak_kv_bytes, counted.peak_kv_bytes) << descriptor->name;
    ASSERT_TRUE(got.retained_mass.has_value()) << descriptor->name;
    if (policy->patch_window() == 0) {
      const auto after =
          test::residency_by_pass(*policy, what.shape, run, test::hashed_logits(what.seed));
      const std::vector<double> naive = naive_mass(*policy, what.shape, run, what.seed, after);
      ASSERT_EQ(outcome->stream_mass.size(), naive.size()) << descriptor->name;
      double mean = 0;
      for (std::size_t s = 0; s < naive.size(); ++s) {
        EXPECT_NEAR(outcome->stream_mass[s], naive[s], 2e-3) << descriptor->name << " stream " << s;
        mean += outcome->stream_mass[s] / static_cast<double>(naive.size());
      }
      EXPECT_NEAR(mean, *got.retained_mass, 1e-12) << descriptor->name;
    }
    EXPECT_LE(*got.retained_mass, 1 + 1e-4);
    EXPECT_GT(*got.retained_mass, got.footprint - 0.3);
  }
}

TEST_F(TraceReplay, TogetherAsAlone) {
  const test::SyntheticTrace what{.shape = small_shape(2, 2, 2), .run = lengths(48, 8, 48)};
  const auto trace = record(what);
  std::vector<std::unique_ptr<const Policy>> policies;
  std::vector<test::Log> logs(2 * 3 * builtin_policies().size());
  std::vector<TraceSchedule> schedules;
  for (const PolicyDescriptor* descriptor : builtin_policies()) {
    for (const std::int64_t chunk : {std::int64_t{16}, std::int64_t{12}, kWholePrompt}) {
      const RunLengths run = lengths(48, 8, chunk);
      const std::string spec = descriptor->example(run.prompt);
      policies.push_back(make(spec, what.shape, run));
      schedules.push_back(schedule_of(*policies.back(), spec, run));
      schedules.back().sink = &logs[schedules.size() - 1];
    }
  }
  std::int64_t rows_done = 0;
  std::int64_t rows_total = 0;
  ReplayControl control;
  control.on_progress = [&](std::int64_t done, std::int64_t total) {
    EXPECT_GT(done, rows_done);
    rows_done = done;
    rows_total = total;
  };
  const auto together = replay_trace(trace, schedules, control);
  ASSERT_TRUE(together.ok());
  EXPECT_EQ(rows_done, rows_total);
  EXPECT_EQ(rows_total, static_cast<std::int64_t>(schedules.size()) * 56);
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    test::Log& log = logs[schedules.size() + i];
    TraceSchedule alone = schedules[i];
    alone.sink = &log;
    const auto single = replay_trace(trace, std::span(&alone, 1));
    ASSERT_TRUE(single.ok() && single->front().ok() && (*together)[i].ok()) << alone.spec;
    const ScheduleOutcome& a = (*together)[i]->schedule;
    const ScheduleOutcome& b = single->front()->schedule;
    EXPECT_EQ(log.decisions, logs[i].decisions) << alone.spec;
    EXPECT_EQ(a.metrics.retained_mass, b.metrics.retained_mass) << alone.spec;
    EXPECT_EQ((*together)[i]->stream_mass, single->front()->stream_mass) << alone.spec;
    EXPECT_EQ(a.metrics.retained_mass_p5, b.metrics.retained_mass_p5) << alone.spec;
    EXPECT_EQ(a.metrics.entry_rows, b.metrics.entry_rows) << alone.spec;
    EXPECT_EQ(a.memory, b.memory) << alone.spec;
    EXPECT_TRUE(*a.profile == *b.profile) << alone.spec;
  }
}

TEST_F(TraceReplay, AnEvictingTraceServesItsOwnPolicyOnly) {
  const RunLengths run = lengths(40, 6, 12);
  test::SyntheticTrace what{.shape = small_shape(2, 2, 2), .run = run};
  what.policy = "tova:budget=20";
  const auto trace = record(what);
  const auto own = make(what.policy, what.shape, run);
  const auto other = make("tova:budget=10", what.shape, run);
  TraceSchedule schedules[] = {schedule_of(*other, "tova:budget=10", run),
                               schedule_of(*own, what.policy, run)};
  for (TraceSchedule& schedule : schedules) {
    schedule.retained_mass = false;
  }
  const auto outcomes = replay_trace(trace, schedules);
  ASSERT_TRUE(outcomes.ok());
  EXPECT_FALSE((*outcomes)[0].ok());
  EXPECT_TRUE((*outcomes)[1].ok()) << (*outcomes)[1].error().message();
}

// One schedule holds other entries than the recorded run did; its neighbour goes on to the end.
TEST_F(TraceReplay, AnErrorOnTheWayStopsOneScheduleOnly) {
  const RunLengths run = lengths(40, 6, 12);
  test::SyntheticTrace what{.shape = small_shape(2, 2, 2), .run = run};
  what.policy = "tova:budget=20";
  const auto trace = record(what);
  const auto own = make(what.policy, what.shape, run);
  const auto impostor = make("tova:budget=10", what.shape, run);
  TraceSchedule schedules[] = {schedule_of(*impostor, what.policy, run),
                               schedule_of(*own, what.policy, run)};
  const auto outcomes = replay_trace(trace, schedules);
  ASSERT_TRUE(outcomes.ok());
  ASSERT_FALSE((*outcomes)[0].ok());
  EXPECT_NE((*outcomes)[0].error().message().find("pass 1, layer 0"), std::string::npos)
      << (*outcomes)[0].error().message();
  ASSERT_TRUE((*outcomes)[1].ok()) << (*outcomes)[1].error().message();
  EXPECT_EQ((*outcomes)[1]->schedule.memory.size(), static_cast<std::size_t>(run.passes()));
}

TEST_F(TraceReplay, CutOff) {
  const test::SyntheticTrace what{.shape = small_shape(1, 1, 2), .run = lengths(24, 4, 24)};
  const auto trace = record(what);
  const auto policy = make("full", what.shape, what.run);
  const TraceSchedule schedule = schedule_of(*policy, "full", what.run);
  std::atomic<bool> cancel = false;
  ReplayControl control;
  control.cancel = &cancel;
  control.on_progress = [&](std::int64_t, std::int64_t) { cancel = true; };
  const auto outcomes = replay_trace(trace, std::span(&schedule, 1), control);
  ASSERT_FALSE(outcomes.ok());
  EXPECT_EQ(outcomes.error().kind, ErrorKind::kInterrupted);
}

TEST_F(TraceReplay, BeyondTheRecordedOutput) {
  const test::SyntheticTrace what{.shape = small_shape(2, 1, 2), .run = lengths(32, 6, 32)};
  const auto trace = record(what);
  for (const std::string spec : {"h2o:heavy=8,recent=8", "streaming:sinks=2,window=10", "full"}) {
    const RunLengths run = lengths(32, 40, 16);
    const auto policy = make(spec, what.shape, run);
    const TraceSchedule schedule = schedule_of(*policy, spec, run);
    const auto outcomes = replay_trace(trace, std::span(&schedule, 1));
    ASSERT_TRUE(outcomes.ok() && outcomes->front().ok()) << spec;
    const TraceOutcome& outcome = *outcomes->front();
    CountOptions options;
    options.block = 4;
    EXPECT_EQ(outcome.schedule.metrics.entry_rows,
              replay_counts(*policy, what.shape, run, options)->metrics.entry_rows);
    bool warned = false;
    for (const Warning& warning : outcome.warnings) {
      warned |= warning.code.find("extrapolated") != std::string::npos;
    }
    EXPECT_TRUE(warned) << spec;
  }
}

}  // namespace
}  // namespace kvfoot
