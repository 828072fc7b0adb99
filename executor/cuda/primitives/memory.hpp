// Memory as kernels reach it: shared memory of a block, wide loads, asynchronous copies.
#pragma once

#include <cstddef>
#include <cstdint>

#if !defined(__CUDACC__)
#include "executor/cuda/emulator/memory.hpp"
#endif

namespace kvfoot::cuda {

#if defined(__CUDACC__)

// The block's dynamic shared memory, as many bytes as the launch asked for, aligned to 1024.
__device__ __forceinline__ std::byte* shared_memory() {
  extern __shared__ __align__(1024) unsigned char kvfoot_shared[];
  return reinterpret_cast<std::byte*>(kvfoot_shared);
}

__device__ __forceinline__ std::uint32_t shared_address(const void* shared) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
}

// 16 aligned bytes of global memory that nobody writes while the kernel runs and that are read
// once: not kept in the first cache.
__device__ __forceinline__ uint4 load_once(const void* global) {
  uint4 value;
  asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
               : "l"(global));
  return value;
}

// 16 bytes from global to shared memory, both aligned to 16; zeros when not `valid` (`global` is
// then not read). Arrives when cp_async_wait says so, for the thread that issued it; other threads
// need a barrier after that.
__device__ __forceinline__ void cp_async_16(void* shared, const void* global, bool valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)),
               "l"(global), "r"(valid ? 16 : 0)
               : "memory");
}
__device__ __forceinline__ void cp_async_commit() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
// Waits until at most `kPending` committed groups of this thread are under way.
template <int kPending>
__device__ __forceinline__ void cp_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

#endif

}  // namespace kvfoot::cuda
