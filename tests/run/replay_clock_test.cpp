// Times, whole memory and exports of a replay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "sim/io/device_file.hpp"
#include "sim/io/json.hpp"
#include "sim/run/replay.hpp"
#include "sim/run/schedule_export.hpp"
#include "sim/run/sweep_replay.hpp"
#include "tests/engine/synthetic_trace.hpp"

namespace kvfoot {
namespace {

using testing::HasSubstr;
using testing::Not;

ReplayRequest on_device(const char* policy, std::int64_t prompt = 4096) {
  ReplayRequest request;
  request.shape = *builtin_shape("llama-3.1-8b");
  request.prompt = prompt;
  request.output = 16;
  request.chunk = 1024;
  request.policy = *parse_policy(policy);
  request.device = *resolve_device("h100-sxm", ".");
  request.device_name = "h100-sxm";
  return request;
}

bool warns(const ReplayOutcome& outcome, const std::string& code) {
  return std::ranges::any_of(outcome.warnings,
                             [&](const Warning& warning) { return warning.code == code; });
}

TEST(ReplayClock, MetricsAgreeWithEachOther) {
  const auto outcome = replay(on_device("full"));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message();
  const Metrics& metrics = outcome->metrics;
  EXPECT_EQ(outcome->inputs.device_model, "h100-sxm");
  EXPECT_DOUBLE_EQ(*metrics.ttft_s + 16 * *metrics.tpot_s, *metrics.total_s);
  EXPECT_EQ(*metrics.peak_total_bytes,
            *metrics.peak_total_weight_bytes + *metrics.peak_total_kv_bytes +
                *metrics.peak_total_activation_bytes + *metrics.peak_total_workspace_bytes +
                *metrics.peak_total_logits_bytes);
  EXPECT_EQ(*metrics.peak_total_weight_bytes, 2LL * 8'030'261'248);
  EXPECT_LT(*metrics.kv_byte_seconds,
            static_cast<double>(*metrics.peak_kv_bytes) * *metrics.total_s);
  EXPECT_GT(*metrics.kv_byte_seconds,
            0.3 * static_cast<double>(*metrics.peak_kv_bytes) * *metrics.total_s);
  EXPECT_FALSE(outcome->profile.has_value()) << "nobody asked for it";
  EXPECT_FALSE(warns(*outcome, "exceeds_memory"));
}

TEST(ReplayClock, NoOutputHasNoTimePerToken) {
  ReplayRequest request = on_device("full");
  request.output = 0;
  const auto outcome = replay(request);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->metrics.tpot_s.has_value());
  EXPECT_EQ(outcome->metrics.ttft_s, outcome->metrics.total_s);
}

TEST(ReplayClock, ClosedFormsHaveNoClockAndSaySo) {
  ReplayRequest request = on_device("full");
  request.accounting = Accounting::kPaper;
  const auto outcome = replay(request);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->metrics.total_s.has_value());
  EXPECT_TRUE(warns(*outcome, "no_clock"));
}

TEST(ReplayClock, WarnsWhenTheDeviceIsTooSmall) {
  ReplayRequest request = on_device("full", 131072);
  request.device = *resolve_device("rtx-4090", ".");
  request.device_name = "rtx-4090";
  const auto outcome = replay(request);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(warns(*outcome, "exceeds_memory"));
}

TEST(ReplayClock, AShapeWithoutAWholeModelIsRefused) {
  ReplayRequest request = on_device("full");
  request.shape->ffn = 0;
  const auto outcome = replay(request);
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().message(), HasSubstr("has no MLP size"));
  request.device.reset();
  EXPECT_TRUE(replay(request).ok()) << "counts do not need it";
}

TEST(ReplayClock, EvictionIsChargedAndPatchRowsToo) {
  const auto time = [](const char* policy, std::int64_t chunk) {
    ReplayRequest request = on_device(policy, 8192);
    request.chunk = chunk;
    return *replay(request)->metrics.ttft_s;
  };
  // In one chunk nothing is saved: scoring and compaction come on top.
  EXPECT_GT(time("snapkv:sparsity=0.7,window=64", kWholePrompt), time("full", kWholePrompt));
  EXPECT_GT(time("snapkv:sparsity=0.7,window=64,patch=true", 1024),
            time("snapkv:sparsity=0.7,window=64", 1024));
}

TEST(ReplayClock, TracesAreTimedLikeShapes) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) /
                                     ("kvfoot_replay_clock_" + std::to_string(::getpid()) + ".h5");
  const test::SyntheticTrace what{.shape = test::small_shape(2, 2, 2),
                                  .run = test::lengths(40, 6, 40)};
  ASSERT_TRUE(test::write_synthetic_trace(path.string(), what).ok());
  ReplayRequest request;
  request.trace = *TraceReader::open(path.string());
  std::filesystem::remove(path);
  request.chunk = 16;
  request.policy = *parse_policy("streaming:sinks=2,window=8");
  request.device = *resolve_device("laptop-cpu", ".");
  request.device_name = "laptop-cpu";
  request.retained_mass = false;
  const auto traced = replay(request);
  ASSERT_TRUE(traced.ok()) << traced.error().message();
  request.trace.reset();
  request.shape = traced->inputs.shape;
  request.prompt = traced->inputs.run.prompt;
  request.output = traced->inputs.run.output;
  request.kv_dtype = traced->inputs.kv_dtype;
  const auto counted = replay(request);
  ASSERT_TRUE(counted.ok());
  EXPECT_EQ(*traced->clock, *counted->clock);
}

// Timing counts once more what was replayed.
TEST(ReplayClock, ProgressCoversReplayAndClock) {
  for (const char* quant : {"none", "kivi"}) {
    ReplayRequest request = on_device("streaming:sinks=128,window=896", 4096);
    request.chunk = 64;
    request.layout.quant = *parse_kv_quant(quant);
    std::vector<std::int64_t> told;
    ReplayControl control;
    control.on_progress = [&](std::int64_t done, std::int64_t total) {
      EXPECT_EQ(total, 2 * (4096 + 16));
      told.push_back(done);
    };
    const auto outcome = replay(request, control);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message();
    EXPECT_TRUE(std::ranges::is_sorted(told));
    EXPECT_GE(told.size(), 2U * 64);
    EXPECT_EQ(told.back(), 2 * (4096 + 16));
    EXPECT_EQ(*outcome->clock, *replay(request)->clock);
  }
}

TEST(ReplayClock, IsCutOffWhereverItIs) {
  for (const char* quant : {"none", "kivi"}) {
    ReplayRequest request = on_device("full", 4096);
    request.chunk = 64;
    request.layout.quant = *parse_kv_quant(quant);
    for (const std::int64_t at : {1000, 4096 + 1000, 4096 + 16 + 4096 + 1}) {
      std::atomic<bool> cancel = false;
      std::int64_t last = 0;
      ReplayControl control;
      control.cancel = &cancel;
      control.on_progress = [&](std::int64_t done, std::int64_t) {
        cancel = cancel || done >= at;
        last = done;
      };
      const auto outcome = replay(request, control);
      ASSERT_FALSE(outcome.ok()) << quant << " " << at;
      EXPECT_EQ(outcome.error().kind, ErrorKind::kInterrupted);
      EXPECT_EQ(outcome.error().message(), "replay: interrupted");
      EXPECT_LE(last, at + 64) << "went on";
    }
  }
}

TEST(ReplayClock, SweepsTimeTheirPoints) {
  ScenarioContext context;
  context.resolve_shape = [](std::string_view name) { return builtin_shape(name); };
  const auto scenario = parse_scenario(
      "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 4096, output: 16}\nchunk: 1024\n"
      "device_model: [h100-sxm, l40s]\nlogits: [last, all]\npolicy: full\n",
      "s.yaml", context);
  ASSERT_TRUE(scenario.ok()) << scenario.error().message();
  const auto sweep = replay_sweep(*scenario, nullptr);
  ASSERT_TRUE(sweep.ok()) << sweep.error().message();
  std::vector<const ScenarioPoint*> points;
  for (const ScenarioPoint& point : scenario->points) {
    points.push_back(&point);
  }
  const auto results = sweep->runner(points);
  ASSERT_EQ(results.size(), 4U);
  const auto total = [&](std::size_t i) { return *results[i]->metrics.total_s; };
  EXPECT_EQ(total(0), *replay(on_device("full"))->metrics.total_s);
  EXPECT_LT(total(0), total(1)) << "all logits cost time";
  EXPECT_LT(total(0), total(2)) << "a slower device";
  EXPECT_EQ(results[1]->inputs.logits, LogitsRows::kAll);
  EXPECT_EQ(results[1]->metrics.peak_total_logits_bytes, 1024LL * 128'256 * 4);
}

// A small run, with everything that exports need.
struct Exported {
  ReplayRequest request = on_device("duo:sparsity=0.5,sinks=4,window=64", 300);
  ReplayOutcome outcome;

  Exported() {
    request.shape->layers = 2;
    request.chunk = 100;
    request.profile = true;
    outcome = *replay(request);
  }
  [[nodiscard]] ClockRequest timed() const { return clock_request(request, outcome); }
};

TEST(ScheduleExport, TraceEventsAreJsonWithTracksAndCounters) {
  const Exported run;
  for (const std::int64_t operators : {kMaxTraceOperators, std::int64_t{1}}) {
    const std::string text =
        to_trace_events(run.timed(), run.outcome.clock->pass_end_ns, operators);
    const auto parsed = parse_json(text, "trace");
    ASSERT_TRUE(parsed.ok()) << parsed.error().message();
    const auto* events = parsed->find("traceEvents")->get_if<JsonValue::Array>();
    ASSERT_NE(events, nullptr);
    std::map<std::string, int> phases;
    double last_end = 0;
    for (const JsonValue& event : *events) {
      const std::string phase = *event.find("ph")->get_if<std::string>();
      ++phases[phase];
      if (phase == "X") {
        last_end = std::max(
            last_end, *event.find("ts")->get_if<double>() + *event.find("dur")->get_if<double>());
      }
      if (phase == "C") {
        EXPECT_EQ(event.find("args")->get_if<JsonValue::Object>()->size(), kMemoryClasses);
      }
    }
    EXPECT_EQ(phases["M"], 4);
    EXPECT_GT(phases["C"], 18);
    EXPECT_NEAR(last_end, static_cast<double>(run.outcome.clock->total_ns) / 1e3, 0.01);
    const int passes = 3 + 16;
    if (operators == 1) {
      // One pass in full: upload, embedding, nine operators and evict in two layers.
      EXPECT_EQ(phases["X"], passes + 2 + 2 * 10);
    } else {
      EXPECT_EQ(phases["X"], passes + 3 * (2 + 2 * 10) + 16 * (1 + 2 * 10) + 17 * 4);
    }
  }
}

TEST(ScheduleExport, GanttAndGraphOfAPass) {
  const Exported run;
  EXPECT_EQ(default_pass(run.outcome.inputs.run), 2);
  const auto gantt = pass_to_gantt(run.timed(), 2);
  ASSERT_TRUE(gantt.ok());
  EXPECT_THAT(*gantt, HasSubstr("prefill pass 2, rows 200 to 299 on h100-sxm"));
  EXPECT_THAT(*gantt, HasSubstr("gate_up"));
  EXPECT_THAT(*gantt, HasSubstr("layer 0, "));
  EXPECT_THAT(*gantt, Not(HasSubstr("score")));
  const auto decode = pass_to_gantt(run.timed(), 3);
  ASSERT_TRUE(decode.ok());
  EXPECT_THAT(*decode, HasSubstr("decode pass 3, row 300"));
  EXPECT_THAT(*decode, Not(HasSubstr("upload")));
  const auto dot = pass_to_dot(run.timed(), 0);
  ASSERT_TRUE(dot.ok());
  EXPECT_THAT(*dot, HasSubstr("L1 attention"));
  for (const std::int64_t pass : {-1L, 19L}) {
    const auto missing = pass_to_gantt(run.timed(), pass);
    ASSERT_FALSE(missing.ok());
    EXPECT_THAT(missing.error().message(), HasSubstr("the run has passes 0 to 18"));
    EXPECT_FALSE(pass_to_dot(run.timed(), pass).ok());
  }
}

TEST(ScheduleExport, PeakInWords) {
  const Exported run;
  MemoryPeak peak;
  peak.bytes.of = {600, 300, 0, 100, 0};
  peak.pass = 1;
  peak.kind = OperatorKind::kScore;
  peak.layer = 1;
  EXPECT_EQ(peak_text(run.timed(), peak),
            "Peak memory in prefill pass 1, rows 100 to 199, score of layer 1: 60.0 % weights, "
            "30.0 % KV, 10.0 % workspace");
}

}  // namespace
}  // namespace kvfoot
