// Attention of one row in fp32 arithmetic: fp32 caches, and head dimensions that tensor cores do
// not take. A warp reads four entries at a time, lanes side by side along the head dimension, for
// up to kHeads query heads of the group.
#include <cmath>

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/decode_pieces.hpp"
#include "executor/cuda/kernels/plain_tile.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / 32;
constexpr int kKeys = 4;  // entries that a warp has under way

// A lane owns pieces of 16 bytes lane, lane + 32 of each row.
template <class Scalar, int kPieces, int kQueryHeads>
struct Shape {
  using T = Scalar;
  static constexpr int kOwn = kPieces;
  static constexpr int kHeads = kQueryHeads;
};

// Grid (splits, storage heads, parts of the group).
template <class S>
__global__ void __launch_bounds__(kThreads) decode_plain(DecodeAttention args) {
  using T = typename S::T;
  constexpr int kScalars = kPerPiece<T>;
  const AttentionArgs& attention = args.attention;
  const LayerPages& cache = attention.cache;
  const int dim = cache.head_dim;
  const int head = static_cast<int>(blockIdx.y);
  const int split = static_cast<int>(blockIdx.x);
  const int group = attention.q_heads / cache.heads;
  const int skipped = static_cast<int>(blockIdx.z) * S::kHeads;
  const int first_q = head * group + skipped;
  const int q_count = min(S::kHeads, group - skipped);
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const Partials partials(args);
  const EntryRange piece = piece_of(cache, head, split, args.splits);
  if (piece.begin >= piece.end) {
    leave_empty(partials, first_q, q_count, split, args.splits);
    return;
  }
  const std::int64_t values = value_offset<T>(cache);
  bool mine[S::kOwn];
  float query[S::kHeads][S::kOwn][kScalars];
  float out[S::kHeads][S::kOwn][kScalars];
  float largest[S::kHeads];  // base 2
  float sum[S::kHeads];
  const float scale = __fmul_rn(attention.scale, kLog2E);
#pragma unroll
  for (int q = 0; q < S::kHeads; ++q) {
    const T* from = static_cast<const T*>(attention.q) + std::int64_t{first_q + q} * dim;
    largest[q] = -INFINITY;
    sum[q] = 0;
#pragma unroll
    for (int i = 0; i < S::kOwn; ++i) {
      mine[i] = lane + 32 * i < dim / kScalars;
      unpack<T>(q < q_count && mine[i] ? load_16(from + (lane + 32 * i) * kScalars)
                                       : make_uint4(0, 0, 0, 0),
                query[q][i]);
#pragma unroll
      for (int e = 0; e < kScalars; ++e) {
        out[q][i][e] = 0;
      }
    }
  }

  for (int begin = piece.begin + warp * kKeys; begin < piece.end; begin += kWarps * kKeys) {
    uint4 key[kKeys][S::kOwn];
    uint4 value[kKeys][S::kOwn];
#pragma unroll
    for (int k = 0; k < kKeys; ++k) {
      const bool there = begin + k < piece.end;
      const std::byte* at = there ? key_of<T>(cache, head, begin + k) : nullptr;
#pragma unroll
      for (int i = 0; i < S::kOwn; ++i) {
        const bool wanted = there && mine[i];
        key[k][i] = wanted ? load_once(at + (lane + 32 * i) * 16) : make_uint4(0, 0, 0, 0);
        value[k][i] =
            wanted ? load_once(at + values + (lane + 32 * i) * 16) : make_uint4(0, 0, 0, 0);
      }
    }
    float score[kKeys][S::kHeads];
#pragma unroll
    for (int k = 0; k < kKeys; ++k) {
      float wide[S::kOwn][kScalars];
#pragma unroll
      for (int i = 0; i < S::kOwn; ++i) {
        unpack<T>(key[k][i], wide[i]);
      }
#pragma unroll
      for (int q = 0; q < S::kHeads; ++q) {
        float dot = 0;
#pragma unroll
        for (int i = 0; i < S::kOwn; ++i) {
#pragma unroll
          for (int e = 0; e < kScalars; ++e) {
            dot = __fmaf_rn(query[q][i][e], wide[i][e], dot);
          }
        }
        dot = warp_sum(dot);
        score[k][q] = begin + k < piece.end ? __fmul_rn(dot, scale) : -INFINITY;
      }
    }
#pragma unroll
    for (int q = 0; q < S::kHeads; ++q) {
      const float before = largest[q];
      float best = before;
#pragma unroll
      for (int k = 0; k < kKeys; ++k) {
        best = fmaxf(best, score[k][q]);
      }
      largest[q] = best;  // finite: the first of the entries exists
      const float keep = exp2f(__fsub_rn(before, best));
      sum[q] = __fmul_rn(sum[q], keep);
#pragma unroll
      for (int k = 0; k < kKeys; ++k) {
        score[k][q] = exp2f(__fsub_rn(score[k][q], best));
        sum[q] = __fadd_rn(sum[q], score[k][q]);
      }
#pragma unroll
      for (int i = 0; i < S::kOwn; ++i) {
#pragma unroll
        for (int e = 0; e < kScalars; ++e) {
          out[q][i][e] = __fmul_rn(out[q][i][e], keep);
        }
      }
    }
#pragma unroll
    for (int k = 0; k < kKeys; ++k) {
#pragma unroll
      for (int i = 0; i < S::kOwn; ++i) {
        float wide[kScalars];
        unpack<T>(value[k][i], wide);
#pragma unroll
        for (int q = 0; q < S::kHeads; ++q) {
#pragma unroll
          for (int e = 0; e < kScalars; ++e) {
            out[q][i][e] = __fmaf_rn(score[k][q], wide[e], out[q][i][e]);
          }
        }
      }
    }
  }

  auto* const memory = reinterpret_cast<float*>(shared_memory());
  const WarpResults results{memory,
                            memory + kWarps * S::kHeads * dim,
                            memory + kWarps * S::kHeads * (dim + 1),
                            kWarps,
                            S::kHeads,
                            dim};
#pragma unroll
  for (int q = 0; q < S::kHeads; ++q) {
    const int at = warp * S::kHeads + q;
    if (lane == 0) {
      results.largest[at] = largest[q];
      results.sum[at] = sum[q];
    }
#pragma unroll
    for (int i = 0; i < S::kOwn; ++i) {
#pragma unroll
      for (int e = 0; e < kScalars; ++e) {
        if (mine[i]) {
          results.values[at * dim + (lane + 32 * i) * kScalars + e] = out[q][i][e];
        }
      }
    }
  }
  __syncthreads();
  join_warps(results, partials, first_q, q_count, split, args.splits, dim);
}

template <class S>
void launch_shape(const DecodeAttention& args, Stream stream) {
  const AttentionArgs& attention = args.attention;
  const std::int32_t group = attention.q_heads / attention.cache.heads;
  const Extent grid{static_cast<std::uint32_t>(args.splits),
                    static_cast<std::uint32_t>(attention.cache.heads),
                    static_cast<std::uint32_t>((group + S::kHeads - 1) / S::kHeads)};
  const auto floats = static_cast<std::size_t>(kWarps * S::kHeads * (attention.cache.head_dim + 2));
  KVFOOT_LAUNCH(decode_plain<S>, grid, {kThreads}, floats * sizeof(float), stream, args);
}

template <class T, int kOwn>
void launch_type(const DecodeAttention& args, Stream stream) {
  if (args.attention.q_heads == args.attention.cache.heads) {
    launch_shape<Shape<T, kOwn, 1>>(args, stream);
  } else {
    launch_shape<Shape<T, kOwn, 4>>(args, stream);
  }
}

}  // namespace

void launch_decode_plain(const DecodeAttention& args, Stream stream) {
  switch (args.attention.cache.type) {
    case DType::kF32:
      return args.attention.cache.head_dim <= 128 ? launch_type<float, 1>(args, stream)
                                                  : launch_type<float, 2>(args, stream);
    case DType::kF16:
      return launch_type<Float16, 1>(args, stream);
    case DType::kBF16:
      return launch_type<BFloat16, 1>(args, stream);
  }
}

}  // namespace kvfoot::cuda
