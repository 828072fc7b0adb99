// A small scenario, a runner that computes nothing, and a folder of its own for each test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "sim/core/hash.hpp"
#include "sim/report/sweep_export.hpp"
#include "sim/run/sweep.hpp"

namespace kvfoot {

class SweepTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("kvfoot_sweep_" + std::to_string(::getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ScenarioContext context;
    context.resolve_shape = [](std::string_view name) { return builtin_shape(name); };
    auto scenario = parse_scenario(
        "kvfoot: 1\ntitle: test\nworkload: {shape: llama-3.2-1b, prompt: [64, 96]}\n"
        "chunk: [16, 32]\npolicy:\n  - full\n  - snapkv: {sparsity: [0.25, 0.5, 0.75], window: 4}\n"
        "  - streaming: {sinks: [1, 2, 4], window: 8}\n",
        "s.yaml", context);
    ASSERT_TRUE(scenario) << scenario.error().message();
    scenario_ = *std::move(scenario);
    scenario_.file = "s.yaml";
    ASSERT_EQ(scenario_.points.size(), 28u);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] SweepOptions options(std::int64_t jobs) const {
    SweepOptions options;
    options.jobs = jobs;
    options.journal_folder = folder_;
    options.provenance = {"kvfoot test", "", "", "test machine"};
    return options;
  }

  // A result that depends on the point alone. Counts how often each point ran.
  static RunResult made_up(const ScenarioPoint& point) {
    RunResult result;
    result.inputs.policy = point.policy.name;
    result.inputs.spec = to_string_full(point.policy);
    result.inputs.params = point.policy.given;
    result.inputs.shape = *point.shape;
    result.inputs.run = {*point.prompt, *point.output, point.chunk, point.last_prompt_token};
    result.metrics.rows = result.inputs.run.rows();
    result.metrics.footprint = unit_interval(hash_text(canonical_text(point)));
    result.metrics.peak_ratio = 0.5;
    return result;
  }
  SweepRunner runner() {
    return [this](std::span<const ScenarioPoint* const> points) {
      std::vector<Result<RunResult>> results;
      for (const ScenarioPoint* point : points) {
        {
          const std::lock_guard lock(mutex_);
          ++ran_[canonical_text(*point)];
        }
        results.emplace_back(made_up(*point));
      }
      return results;
    };
  }
  // Every point ran exactly once, over all sessions of the test.
  void expect_each_once() const {
    EXPECT_EQ(ran_.size(), scenario_.points.size());
    for (const auto& [point, times] : ran_) {
      EXPECT_EQ(times, 1) << point;
    }
  }

  // All bytes that a sweep writes.
  static std::string bytes(const SweepOutcome& outcome) {
    const SweepResult& result = outcome.result;
    return results_to_csv(result.results) + results_to_jsonl(result.results) +
           *sweep_to_hdf5(result) + sweep_to_json(result) + sweep_to_markdown(result);
  }
  [[nodiscard]] std::string expected() const {
    SweepOutcome outcome;
    outcome.result.title = scenario_.title;
    outcome.result.provenance = {"kvfoot test", scenario_.hash, "", "test machine"};
    for (const ScenarioPoint& point : scenario_.points) {
      RunResult result = made_up(point);
      result.provenance = outcome.result.provenance;
      outcome.result.results.push_back(std::move(result));
    }
    return bytes(outcome);
  }
  [[nodiscard]] std::filesystem::path journal() const {
    const JournalKey key{"kvfoot test", scenario_.hash, "",
                         static_cast<std::int64_t>(scenario_.points.size())};
    return journal_path(folder_, scenario_.file, key, {});
  }

  std::filesystem::path folder_;
  Scenario scenario_;
  std::mutex mutex_;
  std::map<std::string, int> ran_;
};

}  // namespace kvfoot
