// Tasks over threads: each once, and what one throws reaches the caller.
#include "sim/core/threads.hpp"

#include <gtest/gtest.h>

#include <new>

namespace kvfoot {
namespace {

TEST(Threads, EveryTaskRunsOnce) {
  for (const std::int64_t threads : {0, 1, 3, 50}) {
    for (const std::int64_t tasks : {0, 1, 2, 40}) {
      std::vector<std::atomic<int>> ran(static_cast<std::size_t>(tasks));
      for_tasks(tasks, threads, [&](std::int64_t task) { ++ran[static_cast<std::size_t>(task)]; });
      for (const std::atomic<int>& count : ran) {
        EXPECT_EQ(count, 1);
      }
    }
  }
}

TEST(Threads, WhatATaskThrowsReachesTheCaller) {
  for (const std::int64_t threads : {1, 4}) {
    for (std::int64_t bad = 0; bad < 20; ++bad) {
      std::atomic<int> inside = 0;
      const auto body = [&](std::int64_t task) {
        ++inside;
        if (task == bad) {
          --inside;
          throw std::bad_alloc();
        }
        --inside;
      };
      EXPECT_THROW(for_tasks(20, threads, body), std::bad_alloc);
      EXPECT_EQ(inside, 0);
    }
  }
}

}  // namespace
}  // namespace kvfoot
