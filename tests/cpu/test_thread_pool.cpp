// Every task runs once, whatever the number of threads and however short the loops are.
#include <gtest/gtest.h>

#include <atomic>
#include <new>
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

// Whoever throws, the caller hears of it when no thread is inside any more; then the pool goes on.
TEST(ThreadPool, WhatABodyThrowsReachesTheCaller) {
  for (const int threads : {1, 4}) {
    ThreadPool pool(threads);
    for (int loop = 0; loop < 200; ++loop) {
      std::atomic<int> inside = 0;
      std::atomic<int> ran = 0;
      auto body = [&](std::int64_t task, int) {
        ++inside;
        ++ran;
        if (task % 7 == loop % 7) {
          --inside;
          throw std::bad_alloc();
        }
        --inside;
      };
      EXPECT_THROW(pool.parallel_for(100, body), std::bad_alloc);
      EXPECT_EQ(inside, 0);
      EXPECT_GE(ran, 1);
      std::atomic<int> after = 0;
      pool.parallel_for(50, [&](std::int64_t, int) { ++after; });
      EXPECT_EQ(after, 50);
    }
  }
}

TEST(ThreadPool, TakesTheWholeMachineByDefault) { EXPECT_GE(ThreadPool(0).threads(), 1); }

}  // namespace
}  // namespace kvfoot::cpu
