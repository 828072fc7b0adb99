// A sweep over several ranks, here threads with letter boxes: the bytes of one process.
#include <gmock/gmock.h>

#include <deque>
#include <functional>
#include <thread>

#include "sim/run/sweep_ranks.hpp"
#include "tests/run/sweep_fixture.hpp"

namespace kvfoot {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class LetterBoxes {
 public:
  explicit LetterBoxes(int size) : boxes_(static_cast<std::size_t>(size)) {}

  class Member final : public Messenger {
   public:
    Member(LetterBoxes& boxes, int rank) : boxes_(boxes), rank_(rank) {}
    [[nodiscard]] int rank() const override { return rank_; }
    [[nodiscard]] int size() const override { return static_cast<int>(boxes_.boxes_.size()); }
    [[nodiscard]] std::string host() const override { return "host" + std::to_string(rank_); }
    void send(int to, const std::string& text) override {
      const std::lock_guard lock(boxes_.mutex_);
      boxes_.boxes_[static_cast<std::size_t>(to)].push_back({rank_, text});
    }
    [[nodiscard]] std::optional<Message> receive() override {
      const std::lock_guard lock(boxes_.mutex_);
      auto& box = boxes_.boxes_[static_cast<std::size_t>(rank_)];
      if (box.empty()) {
        return std::nullopt;
      }
      Message message = std::move(box.front());
      box.pop_front();
      return message;
    }

   private:
    LetterBoxes& boxes_;
    int rank_;
  };
  [[nodiscard]] bool empty() {
    const std::lock_guard lock(mutex_);
    return std::all_of(boxes_.begin(), boxes_.end(), [](const auto& box) { return box.empty(); });
  }

 private:
  std::mutex mutex_;
  std::vector<std::deque<Messenger::Message>> boxes_;
};

class SweepRanksTest : public SweepTest {
 protected:
  // Rank 0 in this thread, the others in threads of their own; `runner_of` says what a rank runs.
  Result<SweepOutcome> sweep(int size, const SweepOptions& options,
                             const std::function<SweepRunner(int)>& runner_of) {
    LetterBoxes boxes(size);
    std::vector<std::jthread> others;
    for (int rank = 1; rank < size; ++rank) {
      others.emplace_back([&, rank] {
        LetterBoxes::Member messenger(boxes, rank);
        if (declines_ == rank) {
          return decline_sweep(messenger, Error{"s.yaml", "is not here", "copy it"});
        }
        SweepOptions own = options;
        own.cancel = told_to_end_ == rank ? &yes_ : nullptr;
        own.inputs_hash = strange_ == rank ? "other" : options.inputs_hash;
        std::atomic<bool> cancel{false};
        serve_sweep(messenger, scenario_, runner_of(rank), own, cancel);
      });
    }
    auto outcome = [&]() -> Result<SweepOutcome> {
      LetterBoxes::Member messenger(boxes, 0);
      SweepRanks ranks(messenger);
      SweepOptions own = options;
      KVFOOT_ASSIGN(own.team, ranks.gather(scenario_, own, no_));
      return run_sweep(scenario_, runner_of(0), own);
    }();
    others.clear();
    EXPECT_TRUE(boxes.empty()) << "a message was never read";
    return outcome;
  }
  // Counts the points of each rank; slow enough that every rank gets some.
  SweepRunner counting(int rank) {
    return [this, rank, inner = runner()](std::span<const ScenarioPoint* const> points) {
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
      auto results = inner(points);
      const std::lock_guard lock(mutex_);
      by_rank_[rank] += static_cast<int>(points.size());
      return results;
    };
  }

  std::map<int, int> by_rank_;
  std::atomic<bool> yes_{true};
  std::atomic<bool> no_{false};
  int declines_ = 0;
  int strange_ = 0;
  int told_to_end_ = 0;
};

TEST_F(SweepRanksTest, SameBytesForAnyNumberOfRanks) {
  for (const int size : {1, 2, 3, 5}) {
    for (const std::int64_t jobs : {1, 3}) {
      ran_.clear();
      by_rank_.clear();
      const auto outcome = sweep(size, options(jobs), [this](int rank) { return counting(rank); });
      ASSERT_TRUE(outcome) << outcome.error().message();
      EXPECT_EQ(bytes(*outcome), expected()) << size << " ranks";
      expect_each_once();
      if (jobs == 1) {
        EXPECT_EQ(by_rank_.size(), static_cast<std::size_t>(size)) << "a rank got nothing";
      }
      remove_journals(*outcome);
    }
  }
}

TEST_F(SweepRanksTest, AnErrorOnARankEndsAllAndKeepsTheRest) {
  const auto failing = [this](int rank) -> SweepRunner {
    return [inner = counting(rank), rank](std::span<const ScenarioPoint* const> points) {
      auto results = inner(points);
      if (rank == 2) {
        results[0] = Error{"disk", "is full", "free it", ErrorKind::kEnvironment};
      }
      return results;
    };
  };
  const auto outcome = sweep(3, options(1), failing);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(outcome.error().message(),
              HasSubstr("rank 2 on host2: disk: is full; free it; run the same command again"));
  const auto again = run_sweep(scenario_, runner(), options(2));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_GT(again->resumed, 0);
  EXPECT_EQ(bytes(*again), expected());
}

TEST_F(SweepRanksTest, ARankWithoutMemoryEndsAllAndKeepsTheRest) {
  const auto failing = [this](int rank) -> SweepRunner {
    return [inner = counting(rank), rank](std::span<const ScenarioPoint* const> points) {
      return rank == 1 ? throw std::bad_alloc() : inner(points);
    };
  };
  const auto outcome = sweep(2, options(1), failing);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(outcome.error().message(), HasSubstr("rank 1 on host1: sweep: out of memory"));
}

TEST_F(SweepRanksTest, FailedPointsReadAsWithoutRanks) {
  const auto failing = [this](int) -> SweepRunner {
    return [inner = runner()](std::span<const ScenarioPoint* const> points) {
      auto results = inner(points);
      for (std::size_t i = 0; i < points.size(); ++i) {
        if (points[i]->policy.name == "streaming") {
          results[i] = Error{"a.h5", "cannot serve this", "record again"};
        }
      }
      return results;
    };
  };
  const auto alone = run_sweep(scenario_, failing(0), options(1));
  ASSERT_TRUE(alone);
  ASSERT_EQ(alone->result.failed.size(), 12U);
  remove_journals(*alone);
  const auto together = sweep(4, options(1), failing);
  ASSERT_TRUE(together) << together.error().message();
  EXPECT_EQ(bytes(*together), bytes(*alone));
}

TEST_F(SweepRanksTest, ARankThatCannotBeginIsTheError) {
  declines_ = 2;
  const auto outcome = sweep(4, options(1), [this](int rank) { return counting(rank); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message(), "rank 2 on host2: s.yaml: is not here; copy it");
  EXPECT_TRUE(ran_.empty());
}

TEST_F(SweepRanksTest, ARankWithOtherTracesIsRefused) {
  strange_ = 1;
  const auto outcome = sweep(3, options(1), [this](int rank) { return counting(rank); });
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message(),
              HasSubstr("rank 1 on host1: would sweep something else: it has 'traces other'"));
  EXPECT_TRUE(ran_.empty());
}

TEST_F(SweepRanksTest, ARankThatIsToldToEndEndsAll) {
  told_to_end_ = 2;
  const auto outcome = sweep(3, options(1), [this](int rank) { return counting(rank); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kInterrupted);
  // It may say so before anything runs, or after.
  EXPECT_THAT(outcome.error().message(), AnyOf(HasSubstr("of 28 runs; run the same command again"),
                                               "rank 2 on host2: interrupted"));
}

TEST_F(SweepRanksTest, InterruptedWithThreeRanksItGoesOnWithAnyNumber) {
  for (const int again_with : {1, 2, 4}) {
    ran_.clear();
    std::atomic<bool> cancel{false};
    SweepOptions first = options(1);
    first.cancel = &cancel;
    std::atomic<int> count{0};
    const auto interrupted = sweep(3, first, [&](int rank) -> SweepRunner {
      return [&, inner = counting(rank)](std::span<const ScenarioPoint* const> points) {
        auto results = inner(points);
        cancel = cancel || ++count >= 3;
        return results;
      };
    });
    ASSERT_FALSE(interrupted);
    EXPECT_EQ(interrupted.error().kind, ErrorKind::kInterrupted);
    const auto outcome = sweep(again_with, options(2), [this](int rank) { return counting(rank); });
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_GE(outcome->resumed, 3);
    EXPECT_EQ(bytes(*outcome), expected());
    expect_each_once();
    remove_journals(*outcome);
  }
}

TEST_F(SweepRanksTest, RanksShareOnePartOfASweep) {
  for (std::int64_t index = 1; index <= 2; ++index) {
    SweepOptions part = options(1);
    part.shard = {index, 2};
    const auto outcome = sweep(3, part, [this](int rank) { return counting(rank); });
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_FALSE(outcome->complete);
  }
  expect_each_once();
  const auto whole = run_sweep(scenario_, runner(), options(1));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->resumed, 28);
  EXPECT_EQ(bytes(*whole), expected());
}

TEST(SweepBatchText, ReadsBackAndRefusesTheRest) {
  BatchOutcome outcome;
  outcome.finished.emplace(3, FailedPoint{"a run", "an \"error\"\nof two lines"});
  outcome.fatal = Error{"where", "what", "hint", ErrorKind::kEnvironment};
  const std::string text = to_text(outcome);
  const auto read = batch_outcome_from_text(text, "w", 4);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(to_text(*read), text);
  ASSERT_TRUE(read->fatal);
  EXPECT_EQ(read->fatal->kind, ErrorKind::kEnvironment);
  EXPECT_FALSE(batch_outcome_from_text(text, "w", 3)) << "point 3 of 3";
  EXPECT_FALSE(batch_outcome_from_text(text.substr(0, text.size() - 1), "w", 4)) << "cut";
  const Error strange = error_from_text(
      "{\"where\": \"a\", \"what\": \"b\", \"hint\": \"\", "
      "\"kind\": 7}",
      "w");
  EXPECT_THAT(strange.message(), HasSubstr("unknown kind 7"));
  EXPECT_THAT(error_from_text("nonsense", "w").message(), HasSubstr("w"));
}

}  // namespace
}  // namespace kvfoot
