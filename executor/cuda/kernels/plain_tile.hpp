// Tiles of rows widened to fp32 in shared memory, for the kernels that do without tensor cores.
// Device code only.
#pragma once

#include <cstdint>

#include "executor/cuda/kernels/entries.hpp"
#include "executor/cuda/kernels/vectors.hpp"

namespace kvfoot::cuda {

// A row of a tile takes four floats more than it has: 16-byte reads of one column of eight rows
// then meet in no bank (the stride in units of 16 bytes is odd).
__device__ __forceinline__ int plain_stride(int head_dim) { return head_dim + 4; }

// The warp widens one row; a null `from` gives zeros.
template <class T>
__device__ __forceinline__ void widen_row(float* to, const void* from, int head_dim, int lane) {
  constexpr int kScalars = kPerPiece<T>;
  for (int piece = lane; piece < head_dim / kScalars; piece += 32) {
    float x[kScalars];
    unpack<T>(from == nullptr ? make_uint4(0, 0, 0, 0)
                              : load_16(static_cast<const T*>(from) + piece * kScalars),
              x);
    store_floats(to + piece * kScalars, x);
  }
}

// score[i][k] = dot(row i of a, row 16 k of b): chains of fused multiply-adds along head_dim, as
// executor/cpu computes them. Rows of a follow each other, `a` and `b` are the thread's first.
template <int kA, int kB>
__device__ __forceinline__ void plain_scores(float (&score)[kA][kB], const float* a, const float* b,
                                             int head_dim) {
  const int stride = plain_stride(head_dim);
#pragma unroll
  for (int i = 0; i < kA; ++i) {
#pragma unroll
    for (int k = 0; k < kB; ++k) {
      score[i][k] = 0;
    }
  }
  for (int d = 0; d < head_dim; d += 4) {
    float4 y[kB];
#pragma unroll
    for (int k = 0; k < kB; ++k) {
      y[k] = *reinterpret_cast<const float4*>(b + 16 * k * stride + d);
    }
#pragma unroll
    for (int i = 0; i < kA; ++i) {
      const float4 x = *reinterpret_cast<const float4*>(a + i * stride + d);
#pragma unroll
      for (int k = 0; k < kB; ++k) {
        float sum = __fmaf_rn(x.x, y[k].x, score[i][k]);
        sum = __fmaf_rn(x.y, y[k].y, sum);
        sum = __fmaf_rn(x.z, y[k].z, sum);
        score[i][k] = __fmaf_rn(x.w, y[k].w, sum);
      }
    }
  }
}

}  // namespace kvfoot::cuda
