// Every task runs once, whatever the number of threads and however short the loops are.
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "executor/cpu/thread_pool.hpp"

namespace kvfoot::cpu {
namespace {

TEST(ThreadPool, RunsEveryTaskOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const int tasks : {0, 1, 2, 3, 64, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
      std::atomic<int> strangers = 0;
      pool.parallel_for(tasks, [&](std::int64_t task, int worker) {
        ++runs[static_cast<std::size_t>(task)];
        if (worker < 0 || worker >= threads) {
          ++strangers;
        }
      });
      for (const auto& count : runs) {
        EXPECT_EQ(count, 1);
      }
      EXPECT_EQ(strangers, 0);
    }
  }
}

// A thread that wakes up late must not find the next loop's tasks under the last loop's body.
TEST(ThreadPool, KeepsShortLoopsApart) {
  ThreadPool pool(4);
  std::vector<int> sum(8, 0);
  for (int loop = 0; loop < 20000; ++loop) {
    pool.parallel_for(8, [&sum, loop](std::int64_t task, int) {
      sum[static_cast<std::size_t>(task)] += loop % 3;
    });
  }
  for (const int value : sum) {
    EXPECT_EQ(value, 19999);
  }
}

TEST(ThreadPool, TakesTheWholeMachineByDefault) { EXPECT_GE(ThreadPool(0).threads(), 1); }

}  // namespace
}  // namespace kvfoot::cpu
