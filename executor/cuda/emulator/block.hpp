// The scheduler of the threads of one emulated block. All of them run on one host thread: each runs
// until it meets a collective or a barrier, or ends, and then hands over to the next. Threads that
// have not begun need no fiber: whoever ends takes the next one over, so kernels without barriers
// never switch stacks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "executor/cuda/emulator/async_copies.hpp"
#include "executor/cuda/emulator/cuda_words.hpp"
#include "executor/cuda/emulator/fiber.hpp"
#include "executor/cuda/emulator/grid.hpp"
#include "executor/cuda/emulator/turns.hpp"
#include "executor/cuda/emulator/warp.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::cuda::emulator {

class BlockExecutor {
 public:
  static BlockExecutor& of_this_thread();
  // The one that runs a kernel on this host thread; ends the program when there is none.
  static BlockExecutor& running();

  void begin(const GridLaunch& launch, const std::function<void()>& body);
  void run_block(std::uint64_t index, const Schedule& schedule);
  void end();

  // Of the running thread.
  void converge(const Collective& collective, std::uint32_t mask, void* operands,
                std::source_location where);
  void barrier(std::source_location where);
  [[noreturn]] void failed(std::string_view what) const;
  [[nodiscard]] AsyncCopies& copies() { return copies_; }
  [[nodiscard]] std::uint32_t thread() const { return self_; }
  [[nodiscard]] std::byte* shared() const { return shared_.get(); }
  [[nodiscard]] std::size_t shared_bytes() const { return launch_.shared_bytes; }

 private:
  static constexpr std::uint32_t kLanes = 32;
  static constexpr std::uint32_t kMaxWarps = kMaxBlockThreads / kLanes;

  // Every lane is one of ready, arrived (at a collective), at the barrier, or gone. The running one
  // is the first that is ready.
  struct Warp {
    std::uint32_t ready = 0;  // by place in the turn; the others by lane
    std::uint32_t arrived = 0;
    std::uint32_t barrier = 0;
    std::uint32_t exited = 0;  // or never were
    const Turn* turn = nullptr;
    bool alike = true;  // all that have arrived are at the call of the first of them
    std::array<const Collective*, kLanes> call{};
    std::array<std::uint32_t, kLanes> mask{};
    std::array<void*, kLanes> operands{};
    std::array<std::source_location, kLanes> where{};
    std::array<Fiber*, kLanes> fiber{};  // null: has not begun
  };

  static void fiber_main(void* executor);
  void exit_thread();
  bool pick();                 // makes the next thread the running one; false when all have ended
  void hand_over(Fiber* own);  // to the next; returns when it is the turn of `own` again
  void release(Warp& warp, std::uint32_t lanes);
  void release_block();
  Fiber& fresh_fiber();
  [[nodiscard]] Fiber*& own_fiber() { return warp_->fiber[lane_]; }
  [[nodiscard]] bool may_complete(const Collective& collective, std::uint32_t mask) const;
  [[nodiscard]] std::string describe(std::uint32_t thread) const;
  [[nodiscard]] std::string describe_waiting() const;

  struct FreeMemory {
    void operator()(std::byte* memory) const;
  };

  bool busy_ = false;
  GridLaunch launch_;
  const std::function<void()>* body_ = nullptr;
  std::unique_ptr<std::byte, FreeMemory> shared_;
  Turns turns_;
  std::uint32_t threads_ = 0;
  std::uint32_t warps_count_ = 0;
  std::vector<uint3> index_;  // threadIdx by thread
  AsyncCopies copies_;
  std::array<Warp, kMaxWarps> warps_{};
  std::uint32_t ready_warps_ = 0;  // by place in warp_turn_
  const Turn* warp_turn_ = nullptr;
  Warp* warp_ = nullptr;     // that runs
  std::uint32_t place_ = 0;  // of it in warp_turn_
  std::uint32_t lane_ = 0;   // that runs
  std::uint32_t self_ = 0;   // thread that runs
  std::uint32_t at_barrier_ = 0;
  std::uint32_t exited_ = 0;
  Fiber main_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_;
};

inline constinit thread_local BlockExecutor* running_block = nullptr;

inline BlockExecutor& BlockExecutor::running() {
  KVFOOT_CHECK(running_block != nullptr, "a word of CUDA outside of a kernel");
  return *running_block;
}

}  // namespace kvfoot::cuda::emulator
