// The factor of RMSNorm, the same bits wherever a block of kNormThreads computes it; included by
// kernel files only.
#pragma once

#include <cstdint>

#include "executor/cuda/kernels/vectors.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {

// Zhang and Sennrich 2019. Thread t squares the quads t, t + kNormThreads, ... of four neighbours,
// ascending; lanes are folded by warp_sum, warps added in ascending order. So the bits depend on
// the row alone, not on how it was loaded.
constexpr int kNormThreads = 512;
constexpr int kNormWarps = kNormThreads / 32;

__device__ __forceinline__ float add_squares(float sum, const float (&quad)[4]) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    sum = __fmaf_rn(quad[i], quad[i], sum);
  }
  return sum;
}

// Four neighbours from column `column` on, zeros from `k` on.
__device__ __forceinline__ void load_quad(const float* x, std::int64_t column, std::int64_t k,
                                          float (&quad)[4]) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    quad[i] = column + i < k ? x[column + i] : 0.0F;
  }
}

// 1 / sqrt(mean(x^2) + epsilon) of the threads' sums of squares; `partial` are kNormWarps floats of
// shared memory. Every thread of the block calls it.
__device__ __forceinline__ float norm_factor(float squares, std::int64_t k, float epsilon,
                                             float* partial) {
  const int thread = static_cast<int>(threadIdx.x);
  squares = warp_sum(squares);
  if (thread % 32 == 0) {
    partial[thread / 32] = squares;
  }
  __syncthreads();
  float total = partial[0];
#pragma unroll
  for (int warp = 1; warp < kNormWarps; ++warp) {
    total = __fadd_rn(total, partial[warp]);
  }
  const float mean = __fdiv_rn(total, static_cast<float>(k));
  return __fdiv_rn(1.0F, __fsqrt_rn(__fadd_rn(mean, epsilon)));
}

__device__ __forceinline__ float normed(float x, float factor, float weight) {
  return __fmul_rn(weight, __fmul_rn(x, factor));
}

}  // namespace kvfoot::cuda
