// Memory as kernels reach it, emulated: what executor/cuda/primitives/memory.hpp declares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "executor/cuda/emulator/cuda_words.hpp"

namespace kvfoot::cuda {

namespace emulator {
[[nodiscard]] std::byte* shared_begin();
void check_aligned(const void* address, const char* what);  // 16 bytes, aligned to 16
void check_shared(const void* address, const char* what);   // the same, inside shared memory
void async_copy(void* shared, const void* global, bool valid);
void async_commit();
void async_wait(std::uint32_t pending);
void async_fence();                      // what this thread waited for is there for products
void check_fenced(const void* address);  // 16 bytes of shared memory, read by a product
}  // namespace emulator

inline std::byte* shared_memory() { return emulator::shared_begin(); }

inline uint4 load_once(const void* global) {
  emulator::check_aligned(global, "load_once");
  uint4 value;
  std::memcpy(&value, global, sizeof(value));
  return value;
}

// The destination is poison from here on; the bytes arrive in the cp_async_wait that covers them.
inline void cp_async_16(void* shared, const void* global, bool valid) {
  emulator::async_copy(shared, global, valid);
}
inline void cp_async_commit() { emulator::async_commit(); }
template <int kPending>
void cp_async_wait() {
  static_assert(kPending >= 0);
  emulator::async_wait(kPending);
}

}  // namespace kvfoot::cuda
