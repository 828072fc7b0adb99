// Where the threads of an emulated block meet: collectives of a warp, and the barrier of a block.
#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

namespace kvfoot::cuda::emulator {

// One kind of warp collective. Every lane brings a pointer to its operands; when all lanes of the
// mask have come, `complete` runs once, reads them and leaves each lane its result in the same
// place.
struct Collective {
  const char* name;
  void (*complete)(void* const* operands, std::uint32_t mask);
  bool aligned = false;  // all lanes must be at the same instruction, not merely at the same kind
};

// Called by a running thread: waits for the other lanes of `mask`. Ends the program, saying who
// stands where, when they cannot come (they returned, or wait elsewhere).
void converge(const Collective& collective, std::uint32_t mask, void* operands,
              std::source_location where);

// Waits for all threads of the block, at the same place. A thread that has returned is an error.
void block_barrier(std::source_location where);

// Of the running thread.
inline constinit thread_local std::uint32_t running_lane = 0;
// Ends the program: `what` went wrong in this thread.
[[noreturn]] void thread_failed(std::string_view what);

}  // namespace kvfoot::cuda::emulator
