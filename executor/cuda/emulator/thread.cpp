// The words of a running thread that concern itself alone.
#include "executor/cuda/emulator/block.hpp"
#include "executor/cuda/emulator/memory.hpp"
#include "executor/cuda/emulator/warp.hpp"

namespace kvfoot::cuda::emulator {

void thread_failed(std::string_view what) { BlockExecutor::running().failed(what); }

std::byte* shared_begin() { return BlockExecutor::running().shared(); }

void check_aligned(const void* address, const char* what) {
  if (reinterpret_cast<std::uintptr_t>(address) % 16 != 0) {
    thread_failed(std::string{what} + ": an address that is not a multiple of 16");
  }
}

void check_shared(const void* address, const char* what) {
  check_aligned(address, what);
  const BlockExecutor& block = BlockExecutor::running();
  const auto begin = reinterpret_cast<std::uintptr_t>(block.shared());
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  if (at < begin || at - begin + 16 > block.shared_bytes()) {
    thread_failed(std::string{what} + ": an address outside of the block's shared memory");
  }
}

void async_copy(void* shared, const void* global, bool valid) {
  check_shared(shared, "cp_async_16, to");
  check_aligned(global, "cp_async_16, from");
  BlockExecutor& block = BlockExecutor::running();
  block.copies().issue(block.thread(), static_cast<std::byte*>(shared),
                       valid ? static_cast<const std::byte*>(global) : nullptr);
}

void async_commit() {
  BlockExecutor& block = BlockExecutor::running();
  block.copies().commit(block.thread());
}

void async_wait(std::uint32_t pending) {
  BlockExecutor& block = BlockExecutor::running();
  if (!block.copies().wait(block.thread(), pending)) {
    thread_failed("waits for a cp.async, but somebody wrote where it goes while it was under way");
  }
}

void async_fence() {
  BlockExecutor& block = BlockExecutor::running();
  block.copies().fence(block.thread());
}

void check_fenced(const void* address) {
  if (!BlockExecutor::running().copies().fenced(static_cast<const std::byte*>(address))) {
    thread_failed("reads in a product what came by a cp.async without fence_for_products()");
  }
}

}  // namespace kvfoot::cuda::emulator
