// What the fast and the slow product of one row with a matrix share; included by kernel files only.
#pragma once

#include <algorithm>
#include <cstdint>

#include "executor/cuda/kernels/gemv.hpp"
#include "executor/cuda/kernels/norm.hpp"
#include "executor/cuda/kernels/vectors.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {

constexpr int kGemvThreads = kNormThreads;
constexpr int kGemvWarps = kGemvThreads / 32;
constexpr int kGemvRows = 2;  // of W per warp: a pair

__host__ __device__ constexpr std::int64_t pairs_of(const Gemv& args) {
  return args.finish == Gemv::Finish::kSwiglu ? args.n / 2 : (args.n + kGemvRows - 1) / kGemvRows;
}

// The row of W in place r of a pair; n or more when there is none.
__device__ __forceinline__ std::int64_t row_of(const Gemv& args, std::int64_t pair, int r) {
  return args.finish == Gemv::Finish::kSwiglu ? pair + r * (args.n / 2) : kGemvRows * pair + r;
}

// The first pair of this warp, and how far it is to the next.
__device__ __forceinline__ std::int64_t first_pair() {
  return blockIdx.x + static_cast<std::int64_t>(threadIdx.x / 32) * gridDim.x;
}
__device__ __forceinline__ std::int64_t pair_stride() {
  return static_cast<std::int64_t>(gridDim.x) * kGemvWarps;
}

// sum[0] gets the even places, sum[1] the odd ones.
template <int N>
__device__ __forceinline__ void add_products(const float (&w)[N], const float (&x)[N],
                                             float (&sum)[2]) {
#pragma unroll
  for (int i = 0; i < N; ++i) {
    sum[i % 2] = __fmaf_rn(w[i], x[i], sum[i % 2]);
  }
}

// What y held before (kAdd), for lanes 0 and 1: asked for before the sums, which take longer.
__device__ __forceinline__ float value_before(const Gemv& args, std::int64_t pair) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t row = row_of(args, pair, lane);
  return args.finish == Gemv::Finish::kAdd && lane < kGemvRows && row < args.n
             ? load_shared_cache(static_cast<const float*>(args.y) + row)
             : 0.0F;
}

__device__ __forceinline__ void finish_pair(const Gemv& args, std::int64_t pair,
                                            const float (&sum)[kGemvRows][2], float before) {
  float product[kGemvRows];
#pragma unroll
  for (int r = 0; r < kGemvRows; ++r) {
    product[r] = warp_sum(__fadd_rn(sum[r][0], sum[r][1]));
  }
  const int lane = static_cast<int>(threadIdx.x) % 32;
  if (args.finish == Gemv::Finish::kSwiglu) {
    if (lane == 0) {
      store_as(args.y_type, args.y, pair, gated(product[0], product[1]));
    }
    return;
  }
  const std::int64_t row = row_of(args, pair, lane);
  if (lane < kGemvRows && row < args.n) {
    const float own = lane == 0 ? product[0] : product[1];
    if (args.finish == Gemv::Finish::kAdd) {
      static_cast<float*>(args.y)[row] = __fadd_rn(before, own);
    } else {
      store_as(args.y_type, args.y, row, own);
    }
  }
}

// Every warp asks for its share of what comes next.
__device__ __forceinline__ void prefetch_next(const Gemv& args) {
  if (args.next == nullptr || threadIdx.x % 32 != 0) {
    return;
  }
  const std::int64_t share = (args.next_bytes / pair_stride() + 15) / 16 * 16;
  const std::int64_t begin = first_pair() * share;
  const std::int64_t left = args.next_bytes / 16 * 16 - begin;
  if (left > 0) {
    prefetch(static_cast<const std::byte*>(args.next) + begin,
             static_cast<std::uint32_t>(left < share ? left : share));
  }
}

inline Extent gemv_grid(const Gemv& args) {
  return {static_cast<std::uint32_t>(
      std::min<std::int64_t>(pairs_of(args), std::max(1, args.multiprocessors)))};
}

// Any k and any alignment, the same bits as the fast way (gemv_plain.cu).
void launch_gemv_plain(const Gemv& args, Stream stream);

}  // namespace kvfoot::cuda
