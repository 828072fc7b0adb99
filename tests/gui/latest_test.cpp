// Of many jobs only the last is reported.
#include "gui/model/latest.hpp"

#include <gtest/gtest.h>

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

TEST(Latest, GoesWhileItsWorkRuns) {
  application();
  bool reported = false;
  {
    Latest jobs;
    jobs.request([&](const std::atomic<bool>& cancel) {
      while (!cancel) {
        std::this_thread::yield();
      }
      return [&] { reported = true; };
    });
  }
  QApplication::processEvents();
  EXPECT_FALSE(reported);
}

}  // namespace
}  // namespace kvfoot::gui
