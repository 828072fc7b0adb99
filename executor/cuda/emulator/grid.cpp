// Blocks one after the other, in an order of the schedule.
#include "executor/cuda/emulator/grid.hpp"

#include <numeric>

#include "executor/cuda/emulator/block.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::cuda::emulator {

// In strides that share no factor with the number of blocks.
Walk::Walk(std::uint64_t count, const Schedule& schedule) : count_(count) {
  if (schedule.order == Order::kDescending) {
    at_ = count - 1;
    stride_ = count - 1;
  } else if (schedule.order == Order::kShuffled && count > 2) {
    Turns turns;
    turns.start(schedule, ~std::uint64_t{0});
    at_ = turns.next() % count;
    do {
      stride_ = 1 + turns.next() % (count - 1);
    } while (std::gcd(stride_, count) != 1);
  }
}

std::uint64_t Walk::next() {
  const std::uint64_t now = at_;
  at_ = (at_ + stride_) % count_;
  return now;
}

const char* launch_refused(const GridLaunch& launch) {
  const Size3& g = launch.grid;
  const Size3& b = launch.block;
  if (g.x == 0 || g.y == 0 || g.z == 0 || b.x == 0 || b.y == 0 || b.z == 0) {
    return "the grid or the block is empty";
  }
  if (g.x > 0x7fffffffU || g.y > 65535 || g.z > 65535) {
    return "the grid is too large";
  }
  if (b.x > 1024 || b.y > 1024 || b.z > 64 || std::uint64_t{b.x} * b.y * b.z > kMaxBlockThreads) {
    return "the block has more than 1024 threads";
  }
  if (launch.shared_bytes > kMaxSharedBytes) {
    return "more than 227 KiB of shared memory";
  }
  return nullptr;
}

void run_grid(const GridLaunch& launch, const std::function<void()>& body,
              const Schedule& schedule) {
  KVFOOT_CHECK(launch_refused(launch) == nullptr);
  BlockExecutor& executor = BlockExecutor::of_this_thread();
  executor.begin(launch, body);
  const std::uint64_t blocks = std::uint64_t{launch.grid.x} * launch.grid.y * launch.grid.z;
  Walk walk(blocks, schedule);
  for (std::uint64_t i = 0; i < blocks; ++i) {
    executor.run_block(walk.next(), schedule);
  }
  executor.end();
}

}  // namespace kvfoot::cuda::emulator
