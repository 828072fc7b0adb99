// The scheduler of emulated threads. All of a block runs on one host thread: a thread runs until it
// meets a collective or a barrier, or ends, and then picks who goes on. Threads that have not begun
// yet need no fiber: whoever ends takes the next one over, so kernels without barriers never
// switch stacks.
#include "executor/cuda/emulator/block.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "executor/cuda/emulator/async_copies.hpp"
#include "executor/cuda/emulator/cuda_words.hpp"
#include "executor/cuda/emulator/fiber.hpp"
#include "executor/cuda/emulator/memory.hpp"
#include "executor/cuda/emulator/warp.hpp"
#include "sim/core/check.hpp"
#include "sim/core/hash.hpp"

namespace kvfoot::cuda::emulator {
namespace {

constexpr std::uint32_t kWarp = 32;
constexpr std::uint32_t kMaxWarps = kMaxBlockThreads / kWarp;

std::uint32_t bit(std::uint32_t lane) { return 1U << lane; }

// Lanes are bits; every live lane is ready, or arrived (at a collective), or at the barrier.
struct Warp {
  std::uint32_t lanes = 0;  // that exist
  std::uint32_t ready = 0;
  std::uint32_t arrived = 0;
  std::uint32_t barrier = 0;
  std::uint32_t exited = 0;
  std::array<const Collective*, kWarp> call{};
  std::array<std::uint32_t, kWarp> mask{};
  std::array<void*, kWarp> operands{};
};

struct Thread {
  Fiber* fiber = nullptr;  // null: has not begun
  uint3 index{};
  std::uint32_t number = 0;
  std::source_location where;  // where it waits
  AsyncCopies copies;
};

// A small generator that costs next to nothing (xorshift64, Marsaglia 2003).
class Shuffle {
 public:
  void start(const Schedule& schedule, std::uint64_t stream) {
    order_ = schedule.order;
    state_ = hash_words(schedule.seed, stream) | 1U;
  }
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  // One of the bits of `set`, which is not empty.
  std::uint32_t pick(std::uint32_t set) {
    if (order_ == Order::kShuffled) {
      const auto turn = static_cast<int>(next() >> 59);
      return (static_cast<std::uint32_t>(std::countr_zero(std::rotr(set, turn)) + turn)) % kWarp;
    }
    return static_cast<std::uint32_t>(order_ == Order::kAscending ? std::countr_zero(set)
                                                                  : 31 - std::countl_zero(set));
  }
  // Whether to leave a warp that could go on.
  bool leave() { return order_ == Order::kShuffled && next() >> 61 == 0; }
  [[nodiscard]] Order order() const { return order_; }

 private:
  Order order_ = Order::kShuffled;
  std::uint64_t state_ = 1;
};

std::string place(const std::source_location& where) {
  const std::string_view file = where.file_name();
  const std::size_t slash = file.rfind('/');
  return std::string{slash == std::string_view::npos ? file : file.substr(slash + 1)} + ":" +
         std::to_string(where.line());
}

std::string triple(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  return "(" + std::to_string(x) + ", " + std::to_string(y) + ", " + std::to_string(z) + ")";
}

class Executor {
 public:
  static Executor& here() {
    static thread_local Executor executor;
    return executor;
  }

  void run(const GridLaunch& launch, const Schedule& schedule);
  void converge(const Collective& collective, std::uint32_t mask, void* operands,
                std::source_location where);
  void barrier(std::source_location where);
  [[noreturn]] void failed(std::string_view what) const;

  [[nodiscard]] bool running() const { return launch_ != nullptr; }
  [[nodiscard]] std::uint32_t lane() const { return self_->number % kWarp; }
  [[nodiscard]] AsyncCopies& copies() { return self_->copies; }
  [[nodiscard]] std::byte* shared() const { return shared_; }
  [[nodiscard]] std::size_t shared_bytes() const { return launch_->shared_bytes; }

 private:
  void run_block(const uint3& index);
  void prepare_threads();
  static void fiber_main(void* executor);
  void exit_thread();
  Thread* pick();  // who goes on; null when all have ended
  void go_on();    // gives way to pick(); returns when it is this thread's turn again
  void become(Thread& next);
  Fiber& fresh_fiber();
  [[nodiscard]] bool all_alike(const Warp& warp, const Collective& collective,
                               std::uint32_t mask) const;
  [[nodiscard]] std::string describe(const Thread& thread) const;
  [[nodiscard]] std::string describe_waiting() const;

  const GridLaunch* launch_ = nullptr;
  std::byte* shared_ = nullptr;
  Shuffle shuffle_;
  std::uint32_t threads_count_ = 0;
  std::uint32_t warps_count_ = 0;
  std::vector<Thread> threads_;
  std::array<Warp, kMaxWarps> warps_{};
  std::uint32_t ready_warps_ = 0;
  std::uint32_t warp_ = 0;  // the one that runs
  Thread* self_ = nullptr;
  std::uint32_t at_barrier_ = 0;
  std::uint32_t exited_ = 0;
  Fiber main_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_;
};

void Executor::run(const GridLaunch& launch, const Schedule& schedule) {
  KVFOOT_CHECK(!running(), "a kernel cannot launch kernels");
  launch_ = &launch;
  threads_count_ = launch.block.x * launch.block.y * launch.block.z;
  warps_count_ = (threads_count_ + kWarp - 1) / kWarp;
  void* shared = nullptr;
  KVFOOT_CHECK(posix_memalign(&shared, 1024, launch.shared_bytes) == 0);
  shared_ = static_cast<std::byte*>(shared);
  blockDim = {launch.block.x, launch.block.y, launch.block.z};
  gridDim = {launch.grid.x, launch.grid.y, launch.grid.z};
  prepare_threads();

  const std::uint64_t blocks = std::uint64_t{launch.grid.x} * launch.grid.y * launch.grid.z;
  shuffle_.start(schedule, ~std::uint64_t{0});
  // A walk over all blocks in strides that share no factor with their number.
  std::uint64_t first = 0;
  std::uint64_t stride = 1;
  if (schedule.order == Order::kDescending) {
    first = blocks - 1;
    stride = blocks - 1;
  } else if (schedule.order == Order::kShuffled && blocks > 2) {
    first = shuffle_.next() % blocks;
    do {
      stride = 1 + shuffle_.next() % (blocks - 1);
    } while (std::gcd(stride, blocks) != 1);
  }
  std::uint64_t block = first;
  for (std::uint64_t i = 0; i < blocks; ++i) {
    shuffle_.start(schedule, block);
    const std::uint64_t rest = block / launch.grid.x;
    run_block({static_cast<unsigned>(block % launch.grid.x),
               static_cast<unsigned>(rest % launch.grid.y),
               static_cast<unsigned>(rest / launch.grid.y)});
    block = (block + stride) % blocks;
  }
  std::free(shared_);
  shared_ = nullptr;
  launch_ = nullptr;
}

void Executor::prepare_threads() {
  if (threads_.size() < threads_count_) {
    threads_.resize(threads_count_);
  }
  const Size3 size = launch_->block;
  std::uint32_t number = 0;
  for (unsigned z = 0; z < size.z; ++z) {
    for (unsigned y = 0; y < size.y; ++y) {
      for (unsigned x = 0; x < size.x; ++x) {
        threads_[number].index = {x, y, z};
        threads_[number].number = number;
        ++number;
      }
    }
  }
}

void Executor::run_block(const uint3& index) {
  if (launch_->shared_bytes > 0) {
    std::memset(shared_, 0xff, launch_->shared_bytes);
  }
  blockIdx = index;
  at_barrier_ = 0;
  exited_ = 0;
  ready_warps_ = warps_count_ == kWarp ? ~0U : bit(warps_count_) - 1;
  for (std::uint32_t w = 0; w < warps_count_; ++w) {
    const std::uint32_t lanes = std::min(kWarp, threads_count_ - w * kWarp);
    warps_[w] = Warp{};
    warps_[w].lanes = lanes == kWarp ? ~0U : bit(lanes) - 1;
    warps_[w].ready = warps_[w].lanes;
    warps_[w].exited = ~warps_[w].lanes;  // lanes that do not exist never come
  }
  for (std::uint32_t t = 0; t < threads_count_; ++t) {
    threads_[t].fiber = nullptr;
    threads_[t].copies.clear();
  }
  warp_ = shuffle_.pick(ready_warps_);
  self_ = nullptr;
  Thread* first = pick();
  first->fiber = &fresh_fiber();
  become(*first);
  Fiber::change(main_, *first->fiber);  // comes back when all threads have ended
}

Fiber& Executor::fresh_fiber() {
  if (idle_.empty()) {
    fibers_.push_back(std::make_unique<Fiber>(&Executor::fiber_main, this, fibers_.size()));
    return *fibers_.back();
  }
  Fiber* fiber = idle_.back();
  idle_.pop_back();
  return *fiber;
}

void Executor::become(Thread& next) {
  self_ = &next;
  threadIdx = next.index;
}

// Runs threads that have not begun, one after the other, until somebody else must go on; when that
// somebody gives this fiber a new thread, it continues here.
void Executor::fiber_main(void* executor) {
  auto& e = *static_cast<Executor*>(executor);
  for (;;) {
    Fiber* own = e.self_->fiber;
    (*e.launch_->body)();
    e.exit_thread();
    Thread* next = e.pick();
    if (next == nullptr) {
      e.idle_.push_back(own);
      Fiber::change(*own, e.main_);
    } else if (next->fiber == nullptr) {
      next->fiber = own;
      e.become(*next);
    } else {
      e.idle_.push_back(own);
      e.become(*next);
      Fiber::change(*own, *next->fiber);
    }
  }
}

void Executor::exit_thread() {
  Warp& warp = warps_[warp_];
  const std::uint32_t me = bit(lane());
  warp.ready &= ~me;
  warp.exited |= me;
  ++exited_;
  for (std::uint32_t rest = warp.arrived; rest != 0; rest &= rest - 1) {
    const auto other = static_cast<std::uint32_t>(std::countr_zero(rest));
    if ((warp.mask[other] & me) != 0) {
      failed("returned, but is awaited: " + describe(threads_[warp_ * kWarp + other]));
    }
  }
  if (at_barrier_ > 0) {
    failed("returned, while others wait for it:" + describe_waiting());
  }
}

Thread* Executor::pick() {
  Warp* warp = &warps_[warp_];
  if (warp->ready == 0) {
    ready_warps_ &= ~bit(warp_);
    if (ready_warps_ == 0) {
      if (exited_ == threads_count_) {
        return nullptr;
      }
      failed("nobody can go on:" + describe_waiting());
    }
    warp_ = shuffle_.pick(ready_warps_);
    warp = &warps_[warp_];
  }
  return &threads_[warp_ * kWarp + shuffle_.pick(warp->ready)];
}

void Executor::go_on() {
  Thread* own = self_;
  Thread* next = pick();
  if (next == own) {
    return;
  }
  if (next->fiber == nullptr) {
    next->fiber = &fresh_fiber();
  }
  become(*next);
  Fiber::change(*own->fiber, *next->fiber);
}

bool Executor::all_alike(const Warp& warp, const Collective& collective, std::uint32_t mask) const {
  bool alike = true;
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const auto other = static_cast<std::uint32_t>(std::countr_zero(rest));
    if (warp.mask[other] != mask) {
      alike = false;  // it waits for a different set, which may yet complete
      continue;
    }
    const std::source_location& there = threads_[warp_ * kWarp + other].where;
    const bool same_kind = warp.call[other] == &collective;
    const bool same_place = there.line() == self_->where.line() &&
                            std::strcmp(there.file_name(), self_->where.file_name()) == 0;
    if (!same_kind || (collective.aligned && !same_place)) {
      failed("meets another call: " + describe(threads_[warp_ * kWarp + other]));
    }
  }
  return alike;
}

void Executor::converge(const Collective& collective, std::uint32_t mask, void* operands,
                        std::source_location where) {
  KVFOOT_CHECK(running(), "a warp collective outside of a kernel");
  Warp& warp = warps_[warp_];
  const std::uint32_t own = lane();
  self_->where = where;
  warp.call[own] = &collective;
  warp.mask[own] = mask;
  warp.operands[own] = operands;
  warp.arrived |= bit(own);
  warp.ready &= ~bit(own);
  if ((mask & bit(own)) == 0) {
    failed("is not in the mask that it gave");
  }
  if ((mask & warp.exited) != 0) {
    failed("waits for lanes that have returned or never were");
  }
  if ((warp.arrived & mask) == mask && all_alike(warp, collective, mask)) {
    collective.complete(warp.operands.data(), mask);
    warp.arrived &= ~mask;
    warp.ready |= mask;
    if (shuffle_.leave()) {
      warp_ = shuffle_.pick(ready_warps_);
    }
  }
  go_on();
}

void Executor::barrier(std::source_location where) {
  KVFOOT_CHECK(running(), "__syncthreads outside of a kernel");
  Warp& warp = warps_[warp_];
  const std::uint32_t own = bit(lane());
  self_->where = where;
  warp.ready &= ~own;
  warp.barrier |= own;
  ++at_barrier_;
  if (exited_ > 0) {
    failed("waits at __syncthreads, but threads of the block have returned:" + describe_waiting());
  }
  if (at_barrier_ == threads_count_) {
    for (std::uint32_t t = 0; t < threads_count_; ++t) {
      const std::source_location& there = threads_[t].where;
      if (there.line() != where.line() || std::strcmp(there.file_name(), where.file_name()) != 0) {
        failed("meets another __syncthreads: " + describe(threads_[t]));
      }
    }
    at_barrier_ = 0;
    ready_warps_ = 0;
    for (std::uint32_t w = 0; w < warps_count_; ++w) {
      warps_[w].barrier = 0;
      warps_[w].ready = warps_[w].lanes;
      ready_warps_ |= bit(w);
    }
    warp_ = shuffle_.pick(ready_warps_);
  }
  go_on();
}

std::string Executor::describe(const Thread& thread) const {
  const Warp& warp = warps_[thread.number / kWarp];
  const std::uint32_t lane = thread.number % kWarp;
  std::string text = "thread " + triple(thread.index.x, thread.index.y, thread.index.z) +
                     " (warp " + std::to_string(thread.number / kWarp) + ", lane " +
                     std::to_string(lane) + ")";
  if ((warp.arrived & bit(lane)) != 0) {
    char mask[16];
    std::snprintf(mask, sizeof(mask), "0x%08x", warp.mask[lane]);
    text += " at " + std::string{warp.call[lane]->name} + " of mask " + mask + ", " +
            place(thread.where);
  } else if ((warp.barrier & bit(lane)) != 0) {
    text += " at __syncthreads, " + place(thread.where);
  } else if ((warp.exited & bit(lane)) != 0) {
    text += " has returned";
  }
  return text;
}

// The first few.
std::string Executor::describe_waiting() const {
  std::string text;
  std::uint32_t named = 0;
  for (std::uint32_t t = 0; t < threads_count_; ++t) {
    const Warp& warp = warps_[t / kWarp];
    if (((warp.arrived | warp.barrier) & bit(t % kWarp)) == 0) {
      continue;
    }
    // Of lanes that stand together one is enough.
    if (t % kWarp != 0 && threads_[t].where.line() == threads_[t - 1].where.line() && named > 0) {
      continue;
    }
    if (++named > 8) {
      return text + "\n  and others";
    }
    text += "\n  " + describe(threads_[t]);
  }
  return text;
}

void Executor::failed(std::string_view what) const {
  std::string text = "kernel " + std::string{launch_->name} + ", block " +
                     triple(blockIdx.x, blockIdx.y, blockIdx.z) + ": ";
  if (self_ != nullptr) {
    text += describe(*self_) + " ";
  }
  text += what;
  ::kvfoot::detail::check_failed("emulated kernel", __FILE__, __LINE__, text);
}

}  // namespace

void converge(const Collective& collective, std::uint32_t mask, void* operands,
              std::source_location where) {
  Executor::here().converge(collective, mask, operands, where);
}

void block_barrier(std::source_location where) { Executor::here().barrier(where); }

std::uint32_t current_lane() { return Executor::here().lane(); }

bool inside_kernel() { return Executor::here().running(); }

void thread_failed(std::string_view what) { Executor::here().failed(what); }

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

void run_grid(const GridLaunch& launch, const Schedule& schedule) {
  KVFOOT_CHECK(launch_refused(launch) == nullptr);
  Executor::here().run(launch, schedule);
}

// --- Memory of a thread (memory.hpp) -------------------------------------------------------------

std::byte* shared_begin() { return Executor::here().shared(); }

void check_aligned(const void* address, const char* what) {
  if (reinterpret_cast<std::uintptr_t>(address) % 16 != 0) {
    Executor::here().failed(std::string{what} + ": an address that is not a multiple of 16");
  }
}

void check_shared(const void* address, const char* what) {
  const Executor& e = Executor::here();
  check_aligned(address, what);
  const auto* begin = static_cast<const std::byte*>(address);
  if (begin < e.shared() || begin + 16 > e.shared() + e.shared_bytes()) {
    e.failed(std::string{what} + ": an address outside of the block's shared memory");
  }
}

void async_copy(void* shared, const void* global, bool valid) {
  check_shared(shared, "cp_async_16, to");
  check_aligned(global, "cp_async_16, from");
  Executor::here().copies().issue(static_cast<std::byte*>(shared),
                                  valid ? static_cast<const std::byte*>(global) : nullptr);
}
void async_commit() { Executor::here().copies().commit(); }
void async_wait(std::uint32_t pending) { Executor::here().copies().wait(pending); }

}  // namespace kvfoot::cuda::emulator
