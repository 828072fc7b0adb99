// Runs the blocks of a grid on this host thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "executor/cuda/emulator/launch.hpp"
#include "executor/cuda/emulator/turns.hpp"

namespace kvfoot::cuda::emulator {

struct GridLaunch {
  const char* name = "";
  Size3 grid;
  Size3 block;
  std::size_t shared_bytes = 0;
};

// Limits of compute capability 8.0 and 9.0.
constexpr std::uint32_t kMaxBlockThreads = 1024;
constexpr std::size_t kMaxSharedBytes = 227 * 1024;

// Why a card would refuse this launch; null when it would not.
[[nodiscard]] const char* launch_refused(const GridLaunch& launch);

// Calls `body` once per thread and returns when all have ended. Shared memory is filled with 0xff
// bytes before each block.
void run_grid(const GridLaunch& launch, const std::function<void()>& body,
              const Schedule& schedule);

}  // namespace kvfoot::cuda::emulator
