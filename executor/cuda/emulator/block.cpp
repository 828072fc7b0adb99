// Handing over between threads, collectives and barriers.
#include "executor/cuda/emulator/block.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "sim/core/check.hpp"

namespace kvfoot::cuda::emulator {
namespace {

std::uint32_t bit(std::uint32_t index) { return 1U << index; }
std::uint32_t lowest(std::uint32_t set) {
  return static_cast<std::uint32_t>(std::countr_zero(set));
}
std::uint32_t first_bits(std::uint32_t count) { return count == 32 ? ~0U : bit(count) - 1; }

bool same_place(const std::source_location& a, const std::source_location& b) {
  return a.line() == b.line() &&
         (a.file_name() == b.file_name() || std::strcmp(a.file_name(), b.file_name()) == 0);
}

// Lanes as places of the turn.
std::uint32_t places(const Turn& turn, std::uint32_t lanes) {
  if (lanes == ~0U) {
    return ~0U;
  }
  std::uint32_t set = 0;
  for (std::uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
    set |= bit(turn.place_of[lowest(rest)]);
  }
  return set;
}

}  // namespace

BlockExecutor& BlockExecutor::of_this_thread() {
  static thread_local BlockExecutor executor;
  return executor;
}

void BlockExecutor::FreeMemory::operator()(std::byte* memory) const { std::free(memory); }

void BlockExecutor::begin(const GridLaunch& launch, const std::function<void()>& body) {
  KVFOOT_CHECK(!busy_, "a kernel cannot launch kernels");
  busy_ = true;
  running_block = this;
  launch_ = launch;
  body_ = &body;
  threads_ = launch.block.x * launch.block.y * launch.block.z;
  warps_count_ = (threads_ + kLanes - 1) / kLanes;
  // Not a byte more than asked for: the address sanitizer watches the end.
  void* shared = nullptr;
  KVFOOT_CHECK(posix_memalign(&shared, 1024, launch.shared_bytes) == 0);
  shared_.reset(static_cast<std::byte*>(shared));
  blockDim = {launch.block.x, launch.block.y, launch.block.z};
  gridDim = {launch.grid.x, launch.grid.y, launch.grid.z};
  index_.clear();
  for (unsigned z = 0; z < launch.block.z; ++z) {
    for (unsigned y = 0; y < launch.block.y; ++y) {
      for (unsigned x = 0; x < launch.block.x; ++x) {
        index_.push_back({x, y, z});
      }
    }
  }
}

void BlockExecutor::end() {
  shared_.reset();
  running_block = nullptr;
  busy_ = false;
}

void BlockExecutor::run_block(std::uint64_t index, const Schedule& schedule) {
  const std::uint64_t rest = index / launch_.grid.x;
  blockIdx = {static_cast<unsigned>(index % launch_.grid.x),
              static_cast<unsigned>(rest % launch_.grid.y),
              static_cast<unsigned>(rest / launch_.grid.y)};
  if (launch_.shared_bytes > 0) {
    std::memset(shared_.get(), 0xff, launch_.shared_bytes);
  }
  turns_.start(schedule, index);
  at_barrier_ = 0;
  exited_ = 0;
  for (std::uint32_t w = 0; w < warps_count_; ++w) {
    Warp& warp = warps_[w];
    const std::uint32_t lanes = first_bits(std::min(kLanes, threads_ - w * kLanes));
    warp.arrived = 0;
    warp.barrier = 0;
    warp.exited = ~lanes;
    warp.alike = true;
    warp.fiber.fill(nullptr);
  }
  copies_.begin(shared_.get(), launch_.shared_bytes, threads_);
  release_block();
  pick();
  own_fiber() = &fresh_fiber();
  Fiber::change(main_, *own_fiber());  // comes back when all threads have ended
  for (std::uint32_t t = 0; t < threads_; ++t) {
    if (!copies_.untouched(t)) {
      failed("ended it; where thread " + std::to_string(t) +
             " has a cp.async under way, that it never waited for, somebody wrote");
    }
  }
}

// All threads may go on, in new turns.
void BlockExecutor::release_block() {
  warp_turn_ = &turns_.turn();
  ready_warps_ = places(*warp_turn_, first_bits(warps_count_));
  for (std::uint32_t w = 0; w < warps_count_; ++w) {
    Warp& warp = warps_[w];
    warp.barrier = 0;
    warp.turn = &turns_.turn();
    warp.ready = places(*warp.turn, ~warp.exited);
  }
  place_ = lowest(ready_warps_);
  warp_ = &warps_[warp_turn_->lane_at[place_]];
}

Fiber& BlockExecutor::fresh_fiber() {
  if (idle_.empty()) {
    fibers_.push_back(std::make_unique<Fiber>(&fiber_main, this, fibers_.size()));
    return *fibers_.back();
  }
  Fiber* fiber = idle_.back();
  idle_.pop_back();
  return *fiber;
}

// Runs threads that have not begun, one after the other, until somebody else must go on; when that
// somebody gives this fiber a new thread, it continues here.
void BlockExecutor::fiber_main(void* executor) {
  auto& e = *static_cast<BlockExecutor*>(executor);
  for (;;) {
    (*e.body_)();
    Fiber* own = e.own_fiber();
    e.exit_thread();
    if (!e.pick()) {
      e.idle_.push_back(own);
      Fiber::change(*own, e.main_);
    } else if (e.own_fiber() == nullptr) {
      e.own_fiber() = own;
    } else {
      e.idle_.push_back(own);
      Fiber::change(*own, *e.own_fiber());
    }
  }
}

void BlockExecutor::exit_thread() {
  const std::uint32_t me = bit(lane_);
  warp_->ready &= warp_->ready - 1;
  warp_->exited |= me;
  ++exited_;
  for (std::uint32_t rest = warp_->arrived; rest != 0; rest &= rest - 1) {
    if ((warp_->mask[lowest(rest)] & me) != 0) {
      const std::uint32_t waiting = self_ - lane_ + lowest(rest);
      failed("returned, but is awaited: " + describe(waiting));
    }
  }
  if (at_barrier_ > 0) {
    failed("returned, while others wait for it:" + describe_waiting());
  }
}

bool BlockExecutor::pick() {
  if (warp_->ready == 0) {
    ready_warps_ &= ~bit(place_);
    if (ready_warps_ == 0) {
      if (exited_ == threads_) {
        return false;
      }
      failed("and nobody else can go on:" + describe_waiting());
    }
    place_ = lowest(ready_warps_);
    warp_ = &warps_[warp_turn_->lane_at[place_]];
  }
  lane_ = warp_->turn->lane_at[lowest(warp_->ready)];
  self_ = warp_turn_->lane_at[place_] * kLanes + lane_;
  running_lane = lane_;
  threadIdx = index_[self_];
  return true;
}

void BlockExecutor::hand_over(Fiber* own) {
  pick();
  Fiber*& next = own_fiber();
  if (next == own) {
    return;
  }
  if (next == nullptr) {
    next = &fresh_fiber();
  }
  Fiber::change(*own, *next);
}

// Whether all lanes of the mask, which have arrived, wait for each other.
bool BlockExecutor::may_complete(const Collective& collective, std::uint32_t mask) const {
  bool complete = true;
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const std::uint32_t other = lowest(rest);
    if (warp_->mask[other] != mask) {
      complete = false;  // it waits for a different set, which may yet come together
    } else if (warp_->call[other] != &collective ||
               (collective.aligned && !same_place(warp_->where[other], warp_->where[lane_]))) {
      failed("meets another call: " + describe(self_ - lane_ + other));
    }
  }
  return complete;
}

void BlockExecutor::converge(const Collective& collective, std::uint32_t mask, void* operands,
                             std::source_location where) {
  Warp& warp = *warp_;
  Fiber* own = own_fiber();
  const std::uint32_t me = bit(lane_);
  if (warp.arrived == 0) {
    warp.alike = true;
  } else {
    const std::uint32_t first = lowest(warp.arrived);
    warp.alike = warp.alike && warp.call[first] == &collective && warp.mask[first] == mask &&
                 warp.where[first].line() == where.line();
  }
  warp.call[lane_] = &collective;
  warp.mask[lane_] = mask;
  warp.operands[lane_] = operands;
  warp.where[lane_] = where;
  warp.arrived |= me;
  warp.ready &= warp.ready - 1;
  if ((mask & me) == 0) {
    failed("is not in the mask that it gave");
  }
  if ((mask & warp.exited) != 0) {
    failed("waits for lanes that have returned or never were");
  }
  if ((warp.arrived & mask) == mask && (warp.alike || may_complete(collective, mask))) {
    collective.complete(warp.operands.data(), mask);
    release(warp, mask);
  }
  hand_over(own);
}

// Lanes that met may go on. A warp that met as a whole gets a new turn, or has to wait for another.
void BlockExecutor::release(Warp& warp, std::uint32_t lanes) {
  warp.arrived &= ~lanes;
  if (warp.ready == 0 && warp.arrived == 0) {
    warp.turn = &turns_.turn();
  }
  warp.ready |= places(*warp.turn, lanes);
  if (turns_.leave()) {
    const std::uint32_t later = ready_warps_ & ~first_bits(place_ + 1);
    place_ = lowest(later != 0 ? later : ready_warps_);
    warp_ = &warps_[warp_turn_->lane_at[place_]];
  }
}

void BlockExecutor::barrier(std::source_location where) {
  Warp& warp = *warp_;
  Fiber* own = own_fiber();
  warp.ready &= warp.ready - 1;
  warp.barrier |= bit(lane_);
  warp.where[lane_] = where;
  ++at_barrier_;
  if (exited_ > 0) {
    failed("is there when others have returned" + describe_waiting());
  }
  if (at_barrier_ == threads_) {
    for (std::uint32_t t = 0; t < threads_; ++t) {
      if (!same_place(warps_[t / kLanes].where[t % kLanes], where)) {
        failed("meets another __syncthreads: " + describe(t));
      }
    }
    at_barrier_ = 0;
    release_block();
  }
  hand_over(own);
}

// The words of a running thread that wait for others.

void converge(const Collective& collective, std::uint32_t mask, void* operands,
              std::source_location where) {
  BlockExecutor::running().converge(collective, mask, operands, where);
}

void block_barrier(std::source_location where) { BlockExecutor::running().barrier(where); }

}  // namespace kvfoot::cuda::emulator
