// Sweeps give the same bytes for any number of threads, after kills, and from shards.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <new>
#include <stdexcept>
#include <thread>

#include "sim/io/file.hpp"
#include "tests/run/sweep_fixture.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;

TEST_F(SweepTest, SameBytesForAnyNumberOfJobs) {
  for (const std::int64_t jobs : {1, 2, 3, 8, 100}) {
    const auto outcome = run_sweep(scenario_, runner(), options(jobs));
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_TRUE(outcome->complete);
    EXPECT_EQ(outcome->resumed, 0);
    EXPECT_EQ(bytes(*outcome), expected()) << jobs;
    remove_journals(*outcome);
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
  }
}

TEST_F(SweepTest, InterruptedAfterAnyNumberOfPointsItGoesOn) {
  for (std::int64_t stop = 0; stop <= 28; stop += 3) {
    for (const std::int64_t jobs : {1, 4}) {
      ran_.clear();
      std::atomic<bool> cancel{stop == 0};
      std::atomic<std::int64_t> count{0};
      SweepOptions first = options(jobs);
      first.cancel = &cancel;
      const SweepRunner inner = runner();
      const auto interrupted = run_sweep(
          scenario_,
          [&](std::span<const ScenarioPoint* const> points) {
            auto results = inner(points);
            if (count.fetch_add(static_cast<std::int64_t>(points.size())) >= stop) {
              cancel = true;
            }
            return results;
          },
          first);
      if (!interrupted) {
        EXPECT_EQ(interrupted.error().kind, ErrorKind::kInterrupted);
        EXPECT_THAT(interrupted.error().hint, HasSubstr(journal().string()));
      }
      const auto outcome = run_sweep(scenario_, runner(), options(jobs));
      ASSERT_TRUE(outcome) << outcome.error().message();
      EXPECT_EQ(bytes(*outcome), expected());
      expect_each_once();
      remove_journals(*outcome);
    }
  }
}

// A child is killed for good, while it writes.
TEST_F(SweepTest, KilledItGoesOn) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const SweepRunner inner = runner();
    (void)run_sweep(
        scenario_,
        [&](std::span<const ScenarioPoint* const> points) {
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          return inner(points);
        },
        options(2));
    ::_exit(0);
  }
  const auto lines = [&]() -> std::ptrdiff_t {
    const auto text = read_file(journal(), 1 << 20);
    return text ? std::count(text->begin(), text->end(), '\n') : 0;
  };
  for (int tries = 0; lines() < 6 && tries < 1000; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended before it was killed";
  const auto outcome = run_sweep(scenario_, runner(), options(2));
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_GE(outcome->resumed, 5);
  EXPECT_LT(outcome->resumed, 28);
  EXPECT_EQ(bytes(*outcome), expected());
  EXPECT_EQ(ran_.size() + static_cast<std::size_t>(outcome->resumed), 28u) << "rows ran twice";
}

TEST_F(SweepTest, AJournalCutAtAnyByteLosesNothingElse) {
  const auto full = run_sweep(scenario_, runner(), options(1));
  ASSERT_TRUE(full);
  const std::string text = *read_file(journal(), 1 << 24);
  const auto header = static_cast<std::size_t>(text.find('\n'));
  for (std::size_t length = 0; length <= text.size(); length += length < header ? 41 : 1231) {
    ASSERT_TRUE(write_file(journal(), text.substr(0, length)));
    ran_.clear();
    const auto outcome = run_sweep(scenario_, runner(), options(1));
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(bytes(*outcome), expected()) << length;
    EXPECT_EQ(ran_.size() + static_cast<std::size_t>(outcome->resumed), 28u);
    EXPECT_EQ(*read_file(journal(), 1 << 24), text) << "one thread appends in order";
  }
}

TEST_F(SweepTest, ShardsMeetInTheJournalFolder) {
  for (std::int64_t index = 1; index <= 3; ++index) {
    SweepOptions part = options(2);
    part.shard = {index, 3};
    const auto outcome = run_sweep(scenario_, runner(), part);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_FALSE(outcome->complete);
  }
  expect_each_once();
  const auto whole = run_sweep(scenario_, runner(), options(2));
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_TRUE(whole->complete);
  EXPECT_EQ(whole->resumed, 28);
  expect_each_once();
  EXPECT_EQ(bytes(*whole), expected());
  remove_journals(*whole);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(SweepTest, ShardsFromSeveralFoldersAreGathered) {
  const auto folder = [&](std::int64_t index) { return folder_ / std::to_string(index); };
  SweepOptions together = options(1);
  for (std::int64_t index = 1; index <= 3; ++index) {
    std::filesystem::create_directories(folder(index));
    SweepOptions part = options(2);
    part.shard = {index, 3};
    part.journal_folder = folder(index);
    ASSERT_TRUE(run_sweep(scenario_, runner(), part));
    together.gather.push_back(folder(index));
  }
  const auto nothing = [](std::span<const ScenarioPoint* const>) {
    ADD_FAILURE() << "gathering ran a point";
    return std::vector<Result<RunResult>>{};
  };
  const auto whole = run_sweep(scenario_, nothing, together);
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_TRUE(whole->complete);
  EXPECT_EQ(bytes(*whole), expected());
  EXPECT_EQ(whole->journals.size(), 3U);

  together.gather = {folder(1), folder(3)};
  const auto part = run_sweep(scenario_, nothing, together);
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(part.error().message(), HasSubstr("9 of 28 runs are in no journal"));
}

TEST_F(SweepTest, FreshForgetsTheJournal) {
  ASSERT_TRUE(run_sweep(scenario_, runner(), options(1)));
  SweepOptions fresh = options(1);
  fresh.fresh = true;
  const auto outcome = run_sweep(scenario_, runner(), fresh);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->resumed, 0);
}

TEST_F(SweepTest, APointThatCannotRunIsReportedWithItsError) {
  const SweepRunner inner = runner();
  const SweepRunner failing = [&](std::span<const ScenarioPoint* const> points) {
    auto results = inner(points);
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (points[i]->policy.name == "streaming") {
        results[i] = Error{"a.h5", "cannot serve this", "record again"};
      }
    }
    return results;
  };
  for (int session = 0; session < 2; ++session) {
    const auto outcome = run_sweep(scenario_, failing, options(3));
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->resumed, session * 28);
    EXPECT_EQ(outcome->result.results.size(), 16u);
    ASSERT_EQ(outcome->result.failed.size(), 12u);
    EXPECT_EQ(outcome->result.failed[0].run,
              "streaming:sinks=1,window=8 on llama-3.2-1b, prompt 64, output 128, chunk 16");
    EXPECT_EQ(outcome->result.failed[0].error, "a.h5: cannot serve this; record again");
  }
}

TEST_F(SweepTest, AnEnvironmentErrorEndsTheSweepAndKeepsTheRest) {
  std::atomic<int> calls{0};
  const SweepRunner inner = runner();
  const auto outcome = run_sweep(
      scenario_,
      [&](std::span<const ScenarioPoint* const> points) {
        auto results = inner(points);
        if (calls.fetch_add(1) == 3) {
          results[0] = Error{"disk", "is full", "", ErrorKind::kEnvironment};
        }
        return results;
      },
      options(1));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kEnvironment);
  const auto again = run_sweep(scenario_, runner(), options(1));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_GT(again->resumed, 0);
  EXPECT_EQ(bytes(*again), expected());
}

TEST_F(SweepTest, ARunnerThatRunsOutOfMemoryEndsTheSweepAndKeepsTheRest) {
  for (const std::int64_t jobs : {1, 3}) {
    std::atomic<int> calls{0};
    const SweepRunner inner = runner();
    const auto outcome = run_sweep(
        scenario_,
        [&](std::span<const ScenarioPoint* const> points) {
          if (calls.fetch_add(1) == 3) {
            throw std::bad_alloc();
          }
          if (calls > 5) {
            throw std::length_error("vector");
          }
          return inner(points);
        },
        options(jobs));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::kEnvironment);
    EXPECT_EQ(outcome.error().message(),
              "sweep: out of memory; run the same command again to go "
              "on from " +
                  journal().string());
    const auto again = run_sweep(scenario_, runner(), options(jobs));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_GT(again->resumed, 0);
    EXPECT_EQ(bytes(*again), expected());
    remove_journals(*again);
  }
}

TEST_F(SweepTest, ProgressCountsUpToTheTotal) {
  SweepOptions with = options(4);
  std::vector<SweepProgress> seen;
  with.on_progress = [&](const SweepProgress& progress) { seen.push_back(progress); };
  ASSERT_TRUE(run_sweep(scenario_, runner(), with));
  ASSERT_GE(seen.size(), 2u);
  EXPECT_EQ(seen.front().done, 0);
  EXPECT_EQ(seen.back().done, 28);
  for (std::size_t i = 1; i < seen.size(); ++i) {
    EXPECT_GT(seen[i].done, seen[i - 1].done);
    EXPECT_EQ(seen[i].total, 28);
    EXPECT_GT(seen[i].per_second, 0);
  }
}

TEST_F(SweepTest, OutputsAreWrittenWhereTheScenarioSays) {
  const auto outcome = run_sweep(scenario_, runner(), options(1));
  ASSERT_TRUE(outcome);
  scenario_.report.csv = (folder_ / "a.csv").string();
  scenario_.report.hdf5 = (folder_ / "a.h5").string();
  scenario_.report.json = (folder_ / "a.json").string();
  const auto written = write_sweep(scenario_, outcome->result);
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_EQ(written->size(), 3u);
  EXPECT_EQ(*read_file(scenario_.report.csv, 1 << 20), results_to_csv(outcome->result.results));
  EXPECT_EQ(*read_file(scenario_.report.hdf5, 1 << 24), *sweep_to_hdf5(outcome->result));
  ASSERT_TRUE(load_results(scenario_.report.json));
  scenario_.report.csv = (folder_ / "none" / "a.csv").string();
  EXPECT_FALSE(write_sweep(scenario_, outcome->result));
  const auto early = run_sweep(scenario_, runner(), options(1));
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().message(), HasSubstr("does not exist"));
}

}  // namespace
}  // namespace kvfoot
