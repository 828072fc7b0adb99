// What kernels of prefill attention on tensor cores share: which rows a block owns, and the online
// softmax of 16 rows whose scores and output lie in a warp's registers as accumulators
// (matrix.hpp): a lane holds parts of rows lane / 4 and lane / 4 + 8. Device code only.
#pragma once

#include <cmath>
#include <cstdint>

#include "executor/cuda/kernels/attention.hpp"
#include "executor/cuda/kernels/decode_pieces.hpp"
#include "executor/cuda/kernels/entries.hpp"
#include "executor/cuda/kernels/mma_tile.hpp"

namespace kvfoot::cuda {

// What the threads of a block agree on. The rows of a block are pairs (row of the pass, query head
// of the group) of one storage head, head fastest, so that a group shares every tile it loads and a
// causal edge cuts few tiles. Grid (tiles of pairs, storage heads, pieces of the keys).
struct PrefillPlace {
  int head, group, first_pair;
  int pairs;  // rows of the pass * group
  int entries, past;
  int first_key;  // of the piece; 0 where keys are not cut
  int tiles;      // of keys that the block sees, from the first key on
  int open;       // of them, those that every row sees in full

  [[nodiscard]] __device__ __forceinline__ int row(int pair) const { return pair / group; }
  // Keys that a pair sees; pairs that do not exist see what the last one does.
  [[nodiscard]] __device__ __forceinline__ int seen(int pair) const {
    return past + min(pair, pairs - 1) / group + 1;
  }
  // Where the query of a pair, and its output, lie in (rows, q_heads).
  [[nodiscard]] __device__ __forceinline__ std::int64_t query(int pair,
                                                              std::int32_t q_heads) const {
    const int r = pair / group;
    return std::int64_t{r} * q_heads + head * group + (pair - r * group);
  }
};

template <int kRows, int kKeys>
__device__ __forceinline__ PrefillPlace find_prefill_place(const AttentionArgs& args) {
  PrefillPlace p;
  p.head = static_cast<int>(blockIdx.y);
  p.group = args.q_heads / args.cache.heads;
  p.pairs = static_cast<int>(args.rows) * p.group;
  // Blocks that start first have the most to do.
  p.first_pair = static_cast<int>(gridDim.x - 1 - blockIdx.x) * kRows;
  p.entries = args.cache.entries[p.head];
  p.past = p.entries - static_cast<int>(args.rows);
  p.first_key = 0;
  p.tiles = (p.seen(p.first_pair + kRows - 1) + kKeys - 1) / kKeys;
  p.open = p.seen(p.first_pair) / kKeys;
  return p;
}

// Leaves the block one piece of its keys: whole tiles whose first key every row of the pass sees,
// so that no row of a piece is without a key; the last piece has the causal edge. False: nothing.
template <int kKeys>
__device__ __forceinline__ bool take_piece(PrefillPlace& p, int splits) {
  const int shared = p.past / kKeys + 1;
  const int length = (shared + splits - 1) / splits;
  const int first = static_cast<int>(blockIdx.z) * length;
  if (first >= shared) {
    return false;
  }
  p.tiles = (first + length < shared ? first + length : p.tiles) - first;
  p.open -= first;
  p.first_key = first * kKeys;
  return true;
}

// The address of an entry's key; 0 behind the end of the stream.
template <class T>
__device__ __forceinline__ std::uintptr_t prefill_entry(const LayerPages& cache,
                                                        const PrefillPlace& p, int entry) {
  return entry < p.entries ? reinterpret_cast<std::uintptr_t>(key_of<T>(cache, p.head, entry)) : 0;
}

struct RowSoftmax {
  float largest[2] = {-INFINITY, -INFINITY};  // of the scores, before scaling
  float sum[2] = {0, 0};                      // of this lane's columns only, until the end
};

// Scores of keys that a row does not see become -inf. `first_pair`: of the warp's 16.
template <int kBlocks>
__device__ __forceinline__ void mask_rows(float (&s)[kBlocks][4], const PrefillPlace& p,
                                          int first_pair, int first_key, int lane) {
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int seen = p.seen(first_pair + h * 8 + lane / 4) - first_key - lane % 4 * 2;
#pragma unroll
    for (int n = 0; n < kBlocks; ++n) {
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        if (n * 8 + c >= seen) {
          s[n][2 * h + c] = -INFINITY;
        }
      }
    }
  }
}

// Scores become weights relative to the largest score so far; what was gathered before is to be
// multiplied by `keep`. Every row sees the first key, so that the largest is finite from the first
// tile on. scale: to the base 2.
template <int kBlocks>
__device__ __forceinline__ void soften_rows(float (&s)[kBlocks][4], RowSoftmax& softmax,
                                            float scale, float (&keep)[2]) {
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    float best = s[0][2 * h];
#pragma unroll
    for (int n = 0; n < kBlocks; ++n) {
      best = fmaxf(best, fmaxf(s[n][2 * h], s[n][2 * h + 1]));
    }
    const float before = softmax.largest[h];
    const float largest = fmaxf(before, quad_max(best));
    const float shift = __fmul_rn(largest, scale);
    keep[h] = exp2_approx(__fmaf_rn(before, scale, -shift));
    float sum = __fmul_rn(softmax.sum[h], keep[h]);
#pragma unroll
    for (int n = 0; n < kBlocks; ++n) {
#pragma unroll
      for (int c = 2 * h; c < 2 * h + 2; ++c) {
        s[n][c] = exp2_approx(__fmaf_rn(s[n][c], scale, -shift));
        sum = __fadd_rn(sum, s[n][c]);
      }
    }
    softmax.largest[h] = largest;
    softmax.sum[h] = sum;
  }
}

template <int kBlocks>
__device__ __forceinline__ void rescale_rows(float (&out)[kBlocks][4], const float (&keep)[2]) {
#pragma unroll
  for (int n = 0; n < kBlocks; ++n) {
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      out[n][c] = __fmul_rn(out[n][c], keep[c / 2]);
    }
  }
}

// Weights of 16 keys, rounded, as A: an accumulator's layout is that of A.
template <class T, int kBlocks>
__device__ __forceinline__ void round_weights(std::uint32_t (&a)[4], const float (&s)[kBlocks][4],
                                              int step) {
  a[0] = pack<T>(s[2 * step][0], s[2 * step][1]);
  a[1] = pack<T>(s[2 * step][2], s[2 * step][3]);
  a[2] = pack<T>(s[2 * step + 1][0], s[2 * step + 1][1]);
  a[3] = pack<T>(s[2 * step + 1][2], s[2 * step + 1][3]);
}

template <int kBlocks>
__device__ __forceinline__ void finish_rows(const AttentionArgs& args, const PrefillPlace& p,
                                            const float (&out)[kBlocks][4],
                                            const RowSoftmax& softmax, int first_pair, int lane) {
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const float sum = quad_sum(softmax.sum[h]);
    const int pair = first_pair + h * 8 + lane / 4;
    if (pair >= p.pairs) {
      continue;
    }
    const int row = p.row(pair);
    if (args.log_sum_exp != nullptr && lane % 4 == 0) {
      const std::int64_t q_head = p.head * p.group + (pair - row * p.group);
      args.log_sum_exp[q_head * args.rows + row] =
          __fmaf_rn(softmax.largest[h], args.scale, logf(sum));
    }
    const float factor = __fdiv_rn(1.0F, sum);
    const std::int64_t to = p.query(pair, args.q_heads) * (kBlocks * 8) + lane % 4 * 2;
#pragma unroll
    for (int n = 0; n < kBlocks; ++n) {
      store_pair(args.out, args.out_type, to + n * 8, __fmul_rn(out[n][2 * h], factor),
                 __fmul_rn(out[n][2 * h + 1], factor));
    }
  }
}

// The same of a piece, for join_pieces. scale: to the base 2.
template <int kBlocks>
__device__ __forceinline__ void leave_rows(const DecodeAttention& args, const PrefillPlace& p,
                                           const float (&out)[kBlocks][4],
                                           const RowSoftmax& softmax, float scale, int first_pair,
                                           int lane) {
  const Partials to(args);
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const float sum = quad_sum(softmax.sum[h]);
    const int pair = first_pair + h * 8 + lane / 4;
    if (pair >= p.pairs) {
      continue;
    }
    const std::int64_t piece = p.query(pair, args.attention.q_heads) * args.splits + blockIdx.z;
    if (lane % 4 == 0) {
      to.largest[piece] = __fmul_rn(softmax.largest[h], scale);
      to.sum[piece] = sum;
    }
    float* const values = to.values + piece * (kBlocks * 8) + lane % 4 * 2;
#pragma unroll
    for (int n = 0; n < kBlocks; ++n) {
      *reinterpret_cast<float2*>(values + n * 8) = make_float2(out[n][2 * h], out[n][2 * h + 1]);
    }
  }
}

}  // namespace kvfoot::cuda
