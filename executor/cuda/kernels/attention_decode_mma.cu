// Attention of one row on tensor cores: a block reads one piece of one stream once for up to 16
// query heads of the group, which are the rows of the products (the matrix unit's M), and leaves
// their partial results.
//
// Memory is the limit: every byte of the stream is read once, and a card needs some tens of KiB
// under way per multiprocessor to be busy. Each warp has a ring of its own, filled by 16-byte
// asynchronous copies and kept in order by nothing but its own waits: kStages - 1 tiles of 16
// entries (8 KiB each at head dimension 128) per warp are under way, 64 KiB per block. The warps of
// a block take tiles in turn.
#include <cmath>

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/decode_pieces.hpp"
#include "executor/cuda/kernels/mma_tile.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / 32;
constexpr int kHeads = 16;  // query heads of a block
constexpr int kKeys = 16;   // entries of a tile

template <class Scalar, int kHeadDim>
struct Shape {
  using T = Scalar;
  static constexpr int kDim = kHeadDim;
  using Rows = SwizzledRows<kDim>;
  static constexpr int kStages = kDim == 256 ? 2 : kDim == 128 ? 3 : 4;
  static constexpr int kHalf = kKeys * Rows::kRowBytes;  // keys, then values
  static constexpr int kRingBytes = kStages * 2 * kHalf;
  static constexpr int kResultStride = kDim + 4;
  static constexpr int kResultBytes = kWarps * kHeads * (kResultStride + 2) * 4;
  static constexpr int kSharedBytes =
      kWarps * kRingBytes > kResultBytes ? kWarps* kRingBytes : kResultBytes;
};

// Where the entries of a tile lie: lane l < kKeys knows entry l.
template <class S>
__device__ __forceinline__ unsigned long long find_entry(const LayerPages& cache, int head,
                                                         const EntryRange& piece, int begin,
                                                         int lane) {
  const int entry = begin + lane;
  return lane < kKeys && entry < piece.end
             ? reinterpret_cast<unsigned long long>(key_of<typename S::T>(cache, head, entry))
             : 0;
}

template <class S>
__device__ __forceinline__ void copy_tile(std::byte* stage, unsigned long long mine,
                                          unsigned long long values, int lane) {
  constexpr int kPieces = S::Rows::kPieces;
  const int piece = lane % kPieces;
#pragma unroll
  for (int r = 0; r < kKeys; r += 32 / kPieces) {
    const int row = r + lane / kPieces;
    const unsigned long long entry = __shfl_sync(kAllLanes, mine, row);
    const unsigned long long from = entry + static_cast<unsigned long long>(piece) * 16;
    std::byte* const to = stage + S::Rows::offset(row, piece);
    cp_async_16(to, reinterpret_cast<const void*>(from), entry != 0);
    cp_async_16(to + S::kHalf, reinterpret_cast<const void*>(from + values), entry != 0);
  }
}

// Queries as A: rows are query heads, those that the group does not have are zeros.
template <class S>
__device__ __forceinline__ void load_queries(std::uint32_t (&a)[S::kDim / 16][4],
                                             const void* queries, int count, int lane) {
  const auto* from = static_cast<const std::uint32_t*>(queries);  // pairs of scalars
  const int row = lane / 4;
#pragma unroll
  for (int step = 0; step < S::kDim / 16; ++step) {
    const int at = row * (S::kDim / 2) + step * 8 + lane % 4;
    constexpr int kEight = 8 * (S::kDim / 2);
    a[step][0] = row < count ? from[at] : 0;
    a[step][1] = row + 8 < count ? from[at + kEight] : 0;
    a[step][2] = row < count ? from[at + 4] : 0;
    a[step][3] = row + 8 < count ? from[at + kEight + 4] : 0;
  }
}

// Grid (splits, storage heads, sixteens of the group).
template <class S>
__global__ void __launch_bounds__(kThreads) decode(DecodeAttention args) {
  using T = typename S::T;
  const AttentionArgs& attention = args.attention;
  const LayerPages& cache = attention.cache;
  const int head = static_cast<int>(blockIdx.y);
  const int split = static_cast<int>(blockIdx.x);
  const int group = attention.q_heads / cache.heads;
  const int skipped = static_cast<int>(blockIdx.z) * kHeads;
  const int first_q = head * group + skipped;
  const int q_count = min(kHeads, group - skipped);
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const Partials partials(args);
  const EntryRange piece = piece_of(cache, head, split, args.splits);
  if (piece.begin >= piece.end) {
    leave_empty(partials, first_q, q_count, split, args.splits);
    return;
  }
  std::byte* const ring = shared_memory() + warp * S::kRingBytes;
  const auto values = static_cast<unsigned long long>(value_offset<T>(cache));
  constexpr int kStep = kWarps * kKeys;
  int ahead = piece.begin + warp * kKeys;  // the tile that is copied next
  unsigned long long entry = find_entry<S>(cache, head, piece, ahead, lane);
#pragma unroll
  for (int stage = 0; stage < S::kStages - 1; ++stage) {
    if (ahead < piece.end) {
      copy_tile<S>(ring + stage * 2 * S::kHalf, entry, values, lane);
    }
    cp_async_commit();
    ahead += kStep;
    entry = find_entry<S>(cache, head, piece, ahead, lane);
  }
  std::uint32_t queries[S::kDim / 16][4];
  load_queries<S>(queries, static_cast<const T*>(attention.q) + std::int64_t{first_q} * S::kDim,
                  q_count, lane);
  const FragmentLoader<S::kDim> load(lane);
  const float scale = __fmul_rn(attention.scale, kLog2E);
  float largest[2] = {-INFINITY, -INFINITY};  // of rows lane / 4 and 8 more; base 2
  float sum[2] = {0, 0};                      // of this lane's columns only, until the end
  float out[S::kDim / 8][4] = {};
  int now = 0;

  for (int begin = piece.begin + warp * kKeys; begin < piece.end; begin += kStep) {
    // The slot that was read in the last round is filled again.
    if (ahead < piece.end) {
      const int free = now == 0 ? S::kStages - 1 : now - 1;
      copy_tile<S>(ring + free * 2 * S::kHalf, entry, values, lane);
    }
    cp_async_commit();
    ahead += kStep;
    entry = find_entry<S>(cache, head, piece, ahead, lane);
    cp_async_wait<S::kStages - 1>();
    __syncwarp();
    const std::byte* const keys = ring + now * 2 * S::kHalf;
    float s[2][4] = {};
#pragma unroll
    for (int step = 0; step < S::kDim / 16; ++step) {
      std::uint32_t b0[2];
      std::uint32_t b1[2];
      load.b(b0, b1, keys, 0, step);
      mma_16816<T>(s[0], queries[step], b0);
      mma_16816<T>(s[1], queries[step], b1);
    }
    const int left = piece.end - begin - lane % 4 * 2;
    float keep[2];
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      float best = -INFINITY;
#pragma unroll
      for (int n = 0; n < 2; ++n) {
#pragma unroll
        for (int c = 0; c < 2; ++c) {
          float& score = s[n][2 * h + c];
          score = n * 8 + c < left ? __fmul_rn(score, scale) : -INFINITY;
          best = fmaxf(best, score);
        }
      }
      const float before = largest[h];
      largest[h] = fmaxf(before, quad_max(best));  // finite: a tile has an entry
      keep[h] = exp2_approx(__fsub_rn(before, largest[h]));
      sum[h] = __fmul_rn(sum[h], keep[h]);
#pragma unroll
      for (int n = 0; n < 2; ++n) {
#pragma unroll
        for (int c = 0; c < 2; ++c) {
          float& weight = s[n][2 * h + c];
          weight = exp2_approx(__fsub_rn(weight, largest[h]));
          sum[h] = __fadd_rn(sum[h], weight);
        }
      }
    }
    const std::uint32_t a[4] = {pack<T>(s[0][0], s[0][1]), pack<T>(s[0][2], s[0][3]),
                                pack<T>(s[1][0], s[1][1]), pack<T>(s[1][2], s[1][3])};
#pragma unroll
    for (int n = 0; n < S::kDim / 16; ++n) {
      std::uint32_t b0[2];
      std::uint32_t b1[2];
      load.b_stored(b0, b1, keys + S::kHalf, 0, n);
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        out[2 * n][c] = __fmul_rn(out[2 * n][c], keep[c / 2]);
        out[2 * n + 1][c] = __fmul_rn(out[2 * n + 1][c], keep[c / 2]);
      }
      mma_16816<T>(out[2 * n], a, b0);
      mma_16816<T>(out[2 * n + 1], a, b1);
    }
    __syncwarp();  // everybody has read this slot
    now = now == S::kStages - 1 ? 0 : now + 1;
  }

  cp_async_wait<0>();
  __syncthreads();  // rings become the place of results
  auto* const memory = reinterpret_cast<float*>(shared_memory());
  const WarpResults results{memory,
                            memory + kWarps * kHeads * S::kResultStride,
                            memory + kWarps * kHeads * (S::kResultStride + 1),
                            kWarps,
                            kHeads,
                            S::kResultStride};
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int at = warp * kHeads + h * 8 + lane / 4;
    const float total = quad_sum(sum[h]);
    if (lane % 4 == 0) {
      results.largest[at] = largest[h];
      results.sum[at] = total;
    }
#pragma unroll
    for (int n = 0; n < S::kDim / 8; ++n) {
      *reinterpret_cast<float2*>(results.values + at * S::kResultStride + n * 8 + lane % 4 * 2) =
          make_float2(out[n][2 * h], out[n][2 * h + 1]);
    }
  }
  __syncthreads();
  join_warps(results, partials, first_q, q_count, split, args.splits, S::kDim);
}

template <class S>
void launch_shape(const DecodeAttention& args, Stream stream) {
  const std::int32_t group = args.attention.q_heads / args.attention.cache.heads;
  const Extent grid{static_cast<std::uint32_t>(args.splits),
                    static_cast<std::uint32_t>(args.attention.cache.heads),
                    static_cast<std::uint32_t>((group + kHeads - 1) / kHeads)};
  KVFOOT_LAUNCH(decode<S>, grid, {kThreads}, S::kSharedBytes, stream, args);
}

}  // namespace

void launch_decode_matrix(const DecodeAttention& args, Stream stream) {
  with_matrix_cache(args.attention.cache, [&](auto scalar, auto dim) {
    launch_shape<Shape<decltype(scalar), decltype(dim)::value>>(args, stream);
  });
}

}  // namespace kvfoot::cuda
