// Tensor-core steps of one warp: fragments as PTX defines them (ISA, "Matrix Fragments for
// mma.m16n8k16"). With g = lane / 4 and t = lane % 4:
//   A (16 x 16, row): a[0] = rows g,   columns 2t, 2t+1     a[1] = row g+8, columns 2t, 2t+1
//                     a[2] = row g,    columns 2t+8, 2t+9   a[3] = row g+8, columns 2t+8, 2t+9
//   B (16 x 8, col):  b[0] = rows 2t, 2t+1 of column g      b[1] = rows 2t+8, 2t+9 of column g
//   C (16 x 8):       c[0], c[1] = row g, columns 2t, 2t+1  c[2], c[3] = row g+8
// All 32 lanes take part.
#pragma once

#include <cstdint>

#include "executor/cuda/primitives/memory.hpp"
#include "executor/cuda/primitives/scalar.hpp"

#if !defined(__CUDACC__)
#include "executor/cuda/emulator/matrix.hpp"
#endif

namespace kvfoot::cuda {

#if defined(__CUDACC__)

// c += a b in fp32.
template <class T>
__device__ __forceinline__ void mma_16816(float (&c)[4], const std::uint32_t (&a)[4],
                                          const std::uint32_t (&b)[2]);
template <>
__device__ __forceinline__ void mma_16816<BFloat16>(float (&c)[4], const std::uint32_t (&a)[4],
                                                    const std::uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
template <>
__device__ __forceinline__ void mma_16816<Float16>(float (&c)[4], const std::uint32_t (&a)[4],
                                                   const std::uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Four 8 x 8 matrices of 16-bit scalars: lane l gives the address of row l % 8 of matrix l / 8 (16
// aligned bytes of shared memory); r[i] receives of matrix i row lane / 4, columns 2 (lane % 4) and
// the next; transposed: of column lane / 4, rows 2 (lane % 4) and the next.
__device__ __forceinline__ void ldmatrix_x4(std::uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
__device__ __forceinline__ void ldmatrix_x4_trans(std::uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}

#endif

}  // namespace kvfoot::cuda
