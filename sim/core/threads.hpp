// Threads for work that any number of them can do.
#pragma once

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

}  // namespace kvfoot
