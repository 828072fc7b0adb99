// Asynchronous products of a warpgroup (128 threads, four warps in a row) with tiles in shared
// memory: compute capability 9.0 (sm_90a) only. Formats are those of the PTX ISA, "Asynchronous
// Warpgroup Level Matrix Instructions".
//
// D (64 x N) (+)= A (64 x 16) B (16 x N) in fp32. Warp w of the four holds rows 16 w to 16 w + 15
// of D, and of A if that comes in registers, as matrix.hpp lays out C and A; d[4 n + i] is element
// i of columns 8 n to 8 n + 7.
//
// Tiles have rows of 128 bytes (64 scalars), eight rows to a kilobyte, each piece of 16 bytes at
// its number xored with the row's; they begin at multiples of 1024 bytes.
#pragma once

#include <cstdint>

#include "executor/cuda/primitives/memory.hpp"
#include "executor/cuda/primitives/scalar.hpp"

#if defined(__CUDACC__)
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define KVFOOT_WARPGROUPS
#endif
#else
#define KVFOOT_WARPGROUPS
#include "executor/cuda/emulator/warpgroup.hpp"
#endif

namespace kvfoot::cuda {

// The scalar of row r, piece p (of 8) of such a tile, in bytes.
__device__ __forceinline__ int warpgroup_offset(int row, int piece) {
  return row * 128 + ((piece ^ (row & 7)) << 4);
}

// What a product is told about an operand in shared memory: `stride` bytes lie between groups of
// eight rows, `leading` bytes between parts of 64 columns where the rows are those of B.
__device__ __forceinline__ std::uint64_t warpgroup_operand(const void* shared, std::uint32_t stride,
                                                           std::uint32_t leading) {
  const std::uint64_t swizzle_128 = std::uint64_t{1} << 62;
  return (shared_address(shared) & 0x3ffffU) >> 4 | std::uint64_t{leading >> 4} << 16 |
         std::uint64_t{stride >> 4} << 32 | swizzle_128;
}

#if defined(__CUDACC__)

// Ordinary writes to shared memory, cp.async too, become visible to products: every writer calls
// this after its writes (their wait) and before the barrier.
__device__ __forceinline__ void fence_for_products() {
#if defined(KVFOOT_WARPGROUPS)
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#endif
}

// The products of one warpgroup.
class Warpgroup {
 public:
  // Before the first product of a group, and after registers were written that it reads.
  __device__ __forceinline__ void fence() {
#if defined(KVFOOT_WARPGROUPS)
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#endif
  }
  // A and B: tiles whose rows are the rows of A and the columns of B.
  template <class T, int kN>
  __device__ __forceinline__ void multiply(float (&d)[kN / 2], std::uint64_t a, std::uint64_t b,
                                           bool accumulate);
  // A in registers, which stay as they are until the wait; B: a tile whose rows are its rows.
  template <class T, int kN>
  __device__ __forceinline__ void multiply_rows(float (&d)[kN / 2], const std::uint32_t (&a)[4],
                                                std::uint64_t b, bool accumulate);
  __device__ __forceinline__ void commit() {
#if defined(KVFOOT_WARPGROUPS)
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#endif
  }
  // Waits until at most kPending groups are under way; `d` was the result of one that no longer is.
  template <int kPending, int kCount>
  __device__ __forceinline__ void wait(float (&d)[kCount]) {
#if defined(KVFOOT_WARPGROUPS)
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
#pragma unroll
    for (int i = 0; i < kCount; ++i) {  // nothing that reads `d` may be moved before the wait
      asm volatile("" : "+f"(d[i])::"memory");
    }
#endif
  }
};

#if defined(KVFOOT_WARPGROUPS)

#define KVFOOT_D8(i)                                                                          \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), \
      "+f"(d[i + 6]), "+f"(d[i + 7])
#define KVFOOT_D32 KVFOOT_D8(0), KVFOOT_D8(8), KVFOOT_D8(16), KVFOOT_D8(24)
#define KVFOOT_D64 KVFOOT_D32, KVFOOT_D8(32), KVFOOT_D8(40), KVFOOT_D8(48), KVFOOT_D8(56)
#define KVFOOT_P32                                                                   \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, " \
  "%18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define KVFOOT_P64                                                                          \
  KVFOOT_P32                                                                                \
  ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, " \
  "%49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"

#define KVFOOT_PRODUCTS(type, name, n, outputs, places, i0, i1, i2, i3, i4, i5)                    \
  template <>                                                                                      \
  __device__ __forceinline__ void Warpgroup::multiply<type, n>(float(&d)[n / 2], std::uint64_t a,  \
                                                               std::uint64_t b, bool accumulate) { \
    asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, " i2                                            \
                 ", 0;\nwgmma.mma_async.sync.aligned.m64n" #n "k16.f32." name "." name " {" places \
                 "}, " i0 ", " i1 ", p, 1, 1, 0, 0;\n}"                                            \
                 : outputs                                                                         \
                 : "l"(a), "l"(b), "r"(static_cast<int>(accumulate))                               \
                 : "memory");                                                                      \
  }                                                                                                \
  template <>                                                                                      \
  __device__ __forceinline__ void Warpgroup::multiply_rows<type, n>(                               \
      float(&d)[n / 2], const std::uint32_t(&a)[4], std::uint64_t b, bool accumulate) {            \
    asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, " i5                                            \
                 ", 0;\nwgmma.mma_async.sync.aligned.m64n" #n "k16.f32." name "." name " {" places \
                 "}, {" i0 ", " i1 ", " i2 ", " i3 "}, " i4 ", p, 1, 1, 1;\n}"                     \
                 : outputs                                                                         \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b),                             \
                   "r"(static_cast<int>(accumulate))                                               \
                 : "memory");                                                                      \
  }
#define KVFOOT_PRODUCTS_64(type, name) \
  KVFOOT_PRODUCTS(type, name, 64, KVFOOT_D32, KVFOOT_P32, "%32", "%33", "%34", "%35", "%36", "%37")
#define KVFOOT_PRODUCTS_128(type, name) \
  KVFOOT_PRODUCTS(type, name, 128, KVFOOT_D64, KVFOOT_P64, "%64", "%65", "%66", "%67", "%68", "%69")

KVFOOT_PRODUCTS_64(BFloat16, "bf16")
KVFOOT_PRODUCTS_64(Float16, "f16")
KVFOOT_PRODUCTS_128(BFloat16, "bf16")
KVFOOT_PRODUCTS_128(Float16, "f16")

#undef KVFOOT_PRODUCTS_128
#undef KVFOOT_PRODUCTS_64
#undef KVFOOT_PRODUCTS
#undef KVFOOT_P64
#undef KVFOOT_P32
#undef KVFOOT_D64
#undef KVFOOT_D32
#undef KVFOOT_D8

#endif
#endif

}  // namespace kvfoot::cuda
