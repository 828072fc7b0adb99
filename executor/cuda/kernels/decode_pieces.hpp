// Pieces of a stream: who computes which entries, and how partial results are kept and
// joined. Device code only.
#pragma once

#include <cmath>
#include <cstdint>

#include "executor/cuda/kernels/attention.hpp"
#include "executor/cuda/kernels/entries.hpp"

namespace kvfoot::cuda {

struct EntryRange {
  int begin, end;  // begin >= end: nothing
};

// Piece `split` of a stream: whole pages, the last pieces may be short or empty.
__device__ __forceinline__ EntryRange piece_of(const LayerPages& cache, int head, int split,
                                               int splits) {
  const int entries = cache.entries[head];
  const int pages = (entries + cache.block - 1) / cache.block;
  const int length = (pages + splits - 1) / splits * cache.block;
  return {min(split * length, entries), min((split + 1) * length, entries)};
}

// Weighted values, sums of weights and largest scores (base 2) of every row, query head and piece.
struct Partials {
  float* values;   // (rows, q_heads, splits, head_dim)
  float* largest;  // (rows, q_heads, splits)
  float* sum;      // (rows, q_heads, splits); 0: an empty piece, whose values are undefined

  __device__ __forceinline__ explicit Partials(const DecodeAttention& args) {
    const std::int64_t pieces = args.attention.rows * args.attention.q_heads * args.splits;
    values = args.partial;
    largest = values + pieces * args.attention.cache.head_dim;
    sum = largest + pieces;
  }
};

// What the warps of a block found for `heads` query heads, in shared memory.
struct WarpResults {
  float* values;   // (warps, heads, stride)
  float* largest;  // (warps, heads), base 2; -inf: this warp had no entry
  float* sum;      // (warps, heads)
  int warps, heads, stride;
};

// Joins them in ascending order of warps. The block has met at a barrier before.
__device__ __forceinline__ void join_warps(const WarpResults& from, const Partials& to, int first_q,
                                           int q_count, int split, int splits, int head_dim) {
  for (int i = static_cast<int>(threadIdx.x); i < q_count * head_dim;
       i += static_cast<int>(blockDim.x)) {
    const int q = i / head_dim;
    const int d = i - q * head_dim;
    float largest = -INFINITY;
    for (int w = 0; w < from.warps; ++w) {
      largest = fmaxf(largest, from.largest[w * from.heads + q]);
    }
    float value = 0;
    float sum = 0;
    for (int w = 0; w < from.warps; ++w) {
      const int at = w * from.heads + q;
      if (from.largest[at] > -INFINITY) {
        const float keep = exp2f(__fsub_rn(from.largest[at], largest));
        value = __fmaf_rn(keep, from.values[at * from.stride + d], value);
        sum = __fmaf_rn(keep, from.sum[at], sum);
      }
    }
    const std::int64_t piece = std::int64_t{first_q + q} * splits + split;
    to.values[piece * head_dim + d] = value;
    if (d == 0) {
      to.largest[piece] = largest;
      to.sum[piece] = sum;
    }
  }
}

// An empty piece.
__device__ __forceinline__ void leave_empty(const Partials& to, int first_q, int q_count, int split,
                                            int splits) {
  for (int q = static_cast<int>(threadIdx.x); q < q_count; q += static_cast<int>(blockDim.x)) {
    const std::int64_t piece = std::int64_t{first_q + q} * splits + split;
    to.largest[piece] = -INFINITY;
    to.sum[piece] = 0;
  }
}

}  // namespace kvfoot::cuda
