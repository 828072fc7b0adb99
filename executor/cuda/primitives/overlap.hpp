// Kernels that begin while the one before them in the stream still runs ("programmatic dependent
// launch", compute capability 9.0; nothing happens below). The emulator runs kernels one after the
// other.
#pragma once

#include <cstdint>

#if !defined(__CUDACC__)
#include "executor/cuda/emulator/cuda_words.hpp"
#endif

namespace kvfoot::cuda {

// Waits until every kernel before this one has ended and what it wrote can be seen. In a kernel
// launched early every thread calls it before it writes anything, or reads what an
// earlier kernel may have written; and reads that with load_shared_cache, since the first cache may
// have seen an older state.
__device__ __forceinline__ void await_earlier_kernels() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

// From here on (once all blocks are here or have ended) a next kernel that is
// launched early may begin.
__device__ __forceinline__ void let_next_kernel_begin() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

// Reads past the first cache.
template <class T>
__device__ __forceinline__ T load_shared_cache(const T* global) {
  return __ldcg(global);
}

// Asks for bytes (a multiple of 16, aligned to 16) into the second cache; nobody waits for them.
__device__ __forceinline__ void prefetch(const void* global, std::uint32_t bytes) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(global), "r"(bytes) : "memory");
#else
  (void)global;
  (void)bytes;
#endif
}

}  // namespace kvfoot::cuda
