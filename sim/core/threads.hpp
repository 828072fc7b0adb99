// Threads for work that any number of them can do.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

namespace kvfoot {

// Starts `count` threads that call work(), or as many of them as there is memory and leave for;
// maybe none. They are joined when the vector goes, which `work` must outlive; what it throws ends
// the program.
template <class Work>
[[nodiscard]] std::vector<std::jthread> start_threads(std::int64_t count, const Work& work) {
  std::vector<std::jthread> threads;
  try {
    for (std::int64_t i = 0; i < count; ++i) {
      threads.emplace_back([&work] { work(); });
    }
  } catch (const std::exception&) {
    return threads;
  }
  return threads;
}

// Calls body(task) for every task in [0, tasks) on up to `threads` threads, the caller among them,
// and returns when all are done. What a body throws is thrown here, the first of it; later tasks
// may be left out then.
template <class Body>
void for_tasks(std::int64_t tasks, std::int64_t threads, const Body& body) {
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr thrown;  // of whoever set `failed`, read when the threads have ended
  const auto work = [&]() noexcept {
    try {
      for (std::int64_t task = next++; task < tasks; task = next++) {
        body(task);
      }
    } catch (...) {
      next = tasks;
      if (!failed.exchange(true)) {
        thrown = std::current_exception();
      }
    }
  };
  {
    const auto others = start_threads(std::min(threads, tasks) - 1, work);
    work();
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

}  // namespace kvfoot
