// Of many jobs only the last is reported.
#include "gui/model/latest.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

TEST(Latest, OnlyTheLastIsReportedAndTheOthersAreCancelled) {
  application();
  Latest jobs;
  std::atomic<bool> started = false;
  std::atomic<bool> saw_cancel = false;
  std::vector<int> reported;
  jobs.request([&](const std::atomic<bool>& cancel) {
    started = true;
    while (!cancel) {
      std::this_thread::yield();
    }
    saw_cancel = true;
    return [&] { reported.push_back(1); };
  });
  ASSERT_TRUE(wait_until([&] { return started.load(); }));
  EXPECT_TRUE(jobs.busy());
  jobs.request([&](const std::atomic<bool>&) { return [&] { reported.push_back(2); }; });
  jobs.request([&](const std::atomic<bool>&) { return [&] { reported.push_back(3); }; });
  ASSERT_TRUE(wait_until([&] { return !jobs.busy(); }));
  EXPECT_TRUE(saw_cancel);
  EXPECT_EQ(reported, std::vector<int>{3});
}

TEST(Latest, ACancelledJobIsForgotten) {
  application();
  Latest jobs;
  bool reported = false;
  jobs.request([&](const std::atomic<bool>&) { return [&] { reported = true; }; });
  jobs.cancel();
  EXPECT_FALSE(jobs.busy());
  int after = 0;
  jobs.request([&](const std::atomic<bool>&) { return [&] { ++after; }; });
  ASSERT_TRUE(wait_until([&] { return after == 1; }));
  EXPECT_FALSE(reported);
}

TEST(Latest, ACancelReachesWhatRunsAndDropsWhatWaits) {
  application();
  std::atomic<bool> started = false;
  std::atomic<bool> saw_cancel = false;
  std::atomic<bool> leave = false;
  Latest jobs;  // its work ends before what it writes goes
  jobs.request([&](const std::atomic<bool>& cancel) -> Latest::Delivery {
    started = true;
    while (!leave) {
      saw_cancel = cancel.load();
      std::this_thread::yield();
    }
    return {};
  });
  ASSERT_TRUE(wait_until([&] { return started.load(); }));
  jobs.cancel();
  EXPECT_TRUE(wait_until([&] { return saw_cancel.load(); }));
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> waiting = held;
  jobs.request([held = std::move(held)](const std::atomic<bool>&) { return Latest::Delivery(); });
  EXPECT_FALSE(waiting.expired());
  jobs.cancel();
  EXPECT_TRUE(waiting.expired());
  leave = true;
}

TEST(Latest, GoesWhileItsWorkRuns) {
  application();
  bool reported = false;
  {
    std::atomic<bool> started = false;
    Latest jobs;
    jobs.request([&](const std::atomic<bool>& cancel) {
      started = true;
      while (!cancel) {
        std::this_thread::yield();
      }
      return [&] { reported = true; };
    });
    ASSERT_TRUE(wait_until([&] { return started.load(); }));
  }
  QApplication::processEvents();
  EXPECT_FALSE(reported);
}

}  // namespace
}  // namespace kvfoot::gui
