// Runs the blocks of a grid on this host thread, every thread of a block in a fiber. Threads go on
// in an order that is arbitrary but repeatable, so that what a kernel leaves to chance shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "executor/cuda/emulator/launch.hpp"

namespace kvfoot::cuda::emulator {

enum class Order : std::uint8_t { kShuffled, kAscending, kDescending };

struct Schedule {
  Order order = Order::kShuffled;
  std::uint64_t seed = 1;
};

struct GridLaunch {
  const char* name = "";
  Size3 grid;
  Size3 block;
  std::size_t shared_bytes = 0;
  const std::function<void()>* body = nullptr;  // the kernel, called once by every thread
};

// Limits of compute capability 8.0 and 9.0.
constexpr std::uint32_t kMaxBlockThreads = 1024;
constexpr std::size_t kMaxSharedBytes = 227 * 1024;

// Why a card would refuse this launch; null when it would not.
[[nodiscard]] const char* launch_refused(const GridLaunch& launch);

// Runs all blocks to the end. Shared memory is filled with 0xff bytes before each.
void run_grid(const GridLaunch& launch, const Schedule& schedule);

}  // namespace kvfoot::cuda::emulator
