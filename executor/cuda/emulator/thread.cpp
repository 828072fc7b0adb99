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
  BlockExecutor::running().copies().issue(static_cast<std::byte*>(shared),
                                          valid ? static_cast<const std::byte*>(global) : nullptr);
}

void async_commit() { BlockExecutor::running().copies().commit(); }

void async_wait(std::uint32_t pending) { BlockExecutor::running().copies().wait(pending); }

}  // namespace kvfoot::cuda::emulator
