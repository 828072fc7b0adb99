// Attention of many rows on tensor cores, after FlashAttention-2 (Dao 2023, arXiv 2307.08691,
// algorithm 1): a block owns kRows query rows and walks over the keys that they see, tile by tile;
// scores, weights and sums stay in registers.
//
// The rows of a block are pairs (row of the pass, query head of the group) of one storage head,
// head fastest, so that a group shares every tile it loads and a causal edge cuts few tiles. Tiles
// of keys and of values take turns in a ring of three slots: two copies are under way while one
// tile is computed with. Entries lie anywhere, so the address of each is looked up once per tile,
// one tile ahead, and kept in shared memory for the copies of its key and its value.
//
// Limits, head dimension 128: 8 KiB of fragments per warp and 16 steps of keys keep tensor cores
// and shared memory about equally busy, hence 32 rows per warp; registers (255) and 81 KiB of
// shared memory let two blocks share a multiprocessor.
#include <cmath>

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/entries.hpp"
#include "executor/cuda/kernels/mma_tile.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / 32;

template <class Scalar, int kHeadDim, int kWarpTiles, int kTileKeys>
struct Shape {
  using T = Scalar;
  static constexpr int kDim = kHeadDim;
  static constexpr int kTiles = kWarpTiles;           // of 16 rows, per warp
  static constexpr int kRows = kWarps * 16 * kTiles;  // of a block
  static constexpr int kKeys = kTileKeys;
  using Rows = SwizzledRows<kDim>;
  static constexpr int kQueryBytes = kRows * Rows::kRowBytes;
  static constexpr int kSlotBytes = kKeys * Rows::kRowBytes;
  static constexpr int kTableBytes = 2 * kKeys * 8;
  static constexpr int kSharedBytes = kQueryBytes + 3 * kSlotBytes + kTableBytes;
};

// What the threads of a block agree on.
struct Place {
  int head, group, rows, first_row;  // first_row counts pairs
  int pairs;                         // rows * group
  int entries, past;
  int tiles;  // of keys that the block sees
  int open;   // of them, those that every row sees in full
};

template <class S>
__device__ __forceinline__ Place find_place(const AttentionArgs& args) {
  Place p;
  p.head = static_cast<int>(blockIdx.y);
  p.group = args.q_heads / args.cache.heads;
  p.rows = static_cast<int>(args.rows);
  p.pairs = p.rows * p.group;
  // Blocks that start first have the most to do.
  p.first_row = static_cast<int>(gridDim.x - 1 - blockIdx.x) * S::kRows;
  p.entries = args.cache.entries[p.head];
  p.past = p.entries - p.rows;
  const int last = min(p.first_row + S::kRows, p.pairs) - 1;
  p.tiles = (p.past + last / p.group + S::kKeys) / S::kKeys;
  p.open = (p.past + p.first_row / p.group + 1) / S::kKeys;
  return p;
}

template <class S>
__device__ __forceinline__ std::uintptr_t entry_address(const LayerPages& cache, const Place& p,
                                                        int tile) {
  const int entry = tile * S::kKeys + static_cast<int>(threadIdx.x);
  return entry < p.entries
             ? reinterpret_cast<std::uintptr_t>(key_of<typename S::T>(cache, p.head, entry))
             : 0;
}

// One tile of keys, or of values when `offset` is theirs.
template <class S>
__device__ __forceinline__ void copy_tile(std::byte* slot, const std::uintptr_t* table,
                                          std::uintptr_t offset) {
  constexpr int kPieces = S::Rows::kPieces;
  const int piece = static_cast<int>(threadIdx.x) % kPieces;
  const int row = static_cast<int>(threadIdx.x) / kPieces;
  const std::uintptr_t from = offset + static_cast<std::uintptr_t>(piece) * 16;
#pragma unroll
  for (int i = 0; i < S::kKeys * kPieces / kThreads; ++i) {
    const int r = row + i * (kThreads / kPieces);
    const std::uintptr_t entry = table[r];
    cp_async_16(slot + S::Rows::offset(r, piece), reinterpret_cast<const void*>(entry + from),
                entry != 0);
  }
}

template <class S>
__device__ __forceinline__ void copy_queries(std::byte* to, const AttentionArgs& args,
                                             const Place& p) {
  constexpr int kPieces = S::Rows::kPieces;
  const int piece = static_cast<int>(threadIdx.x) % kPieces;
  for (int r = static_cast<int>(threadIdx.x) / kPieces; r < S::kRows; r += kThreads / kPieces) {
    const int pair = p.first_row + r;
    const int row = pair / p.group;
    const std::int64_t q =
        std::int64_t{row} * args.q_heads + p.head * p.group + (pair - row * p.group);
    const auto* from = static_cast<const std::byte*>(args.q) + q * S::Rows::kRowBytes + piece * 16;
    cp_async_16(to + S::Rows::offset(r, piece), from, pair < p.pairs);
  }
}

// Scores, then weights, of 16 rows and the keys of a tile, as accumulators of the tensor cores.
template <class S>
using Scores = float[S::kTiles][S::kKeys / 8][4];
template <class S>
using Output = float[S::kTiles][S::kDim / 8][4];

// Per thread: rows g and g + 8 of each of its warp's row tiles (matrix.hpp).
template <int kTiles>
struct Softmax {
  float largest[kTiles][2];  // of the scores, before scaling
  float sum[kTiles][2];      // of this lane's columns only, until the end
};

template <class S>
__device__ __forceinline__ void multiply_keys(Scores<S>& s, const std::byte* queries,
                                              const std::byte* keys,
                                              const FragmentLoader<S::kDim>& load, int warp) {
#pragma unroll
  for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
    for (int n = 0; n < S::kKeys / 8; ++n) {
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        s[i][n][c] = 0;
      }
    }
  }
#pragma unroll
  for (int step = 0; step < S::kDim / 16; ++step) {
    std::uint32_t a[S::kTiles][4];
#pragma unroll
    for (int i = 0; i < S::kTiles; ++i) {
      load.a(a[i], queries, (warp * S::kTiles + i) * 16, step);
    }
#pragma unroll
    for (int n = 0; n < S::kKeys / 16; ++n) {
      std::uint32_t b0[2];
      std::uint32_t b1[2];
      load.b(b0, b1, keys, n * 16, step);
#pragma unroll
      for (int i = 0; i < S::kTiles; ++i) {
        mma_16816<typename S::T>(s[i][2 * n], a[i], b0);
        mma_16816<typename S::T>(s[i][2 * n + 1], a[i], b1);
      }
    }
  }
}

// Scores of keys that a row does not see become -inf.
template <class S>
__device__ __forceinline__ void mask(Scores<S>& s, const Place& p, int first_key, int warp,
                                     int lane) {
#pragma unroll
  for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const int pair = p.first_row + (warp * S::kTiles + i) * 16 + h * 8 + lane / 4;
      const int seen = p.past + min(pair, p.pairs - 1) / p.group + 1 - first_key - lane % 4 * 2;
#pragma unroll
      for (int n = 0; n < S::kKeys / 8; ++n) {
#pragma unroll
        for (int c = 0; c < 2; ++c) {
          if (n * 8 + c >= seen) {
            s[i][n][2 * h + c] = -INFINITY;
          }
        }
      }
    }
  }
}

// Scores become weights relative to the largest score so far, to which sums and output are
// rescaled. Key 0 is seen by every row, so that the largest is finite from the first tile on.
template <class S>
__device__ __forceinline__ void soften(Scores<S>& s, Output<S>& out, Softmax<S::kTiles>& softmax,
                                       float scale) {
#pragma unroll
  for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      float best = s[i][0][2 * h];
#pragma unroll
      for (int n = 0; n < S::kKeys / 8; ++n) {
        best = fmaxf(best, fmaxf(s[i][n][2 * h], s[i][n][2 * h + 1]));
      }
      const float before = softmax.largest[i][h];
      const float largest = fmaxf(before, quad_max(best));
      const float shift = __fmul_rn(largest, scale);
      const float keep = exp2_approx(__fmaf_rn(before, scale, -shift));
      float sum = __fmul_rn(softmax.sum[i][h], keep);
#pragma unroll
      for (int n = 0; n < S::kKeys / 8; ++n) {
#pragma unroll
        for (int c = 2 * h; c < 2 * h + 2; ++c) {
          s[i][n][c] = exp2_approx(__fmaf_rn(s[i][n][c], scale, -shift));
          sum = __fadd_rn(sum, s[i][n][c]);
        }
      }
      softmax.largest[i][h] = largest;
      softmax.sum[i][h] = sum;
#pragma unroll
      for (int n = 0; n < S::kDim / 8; ++n) {
        out[i][n][2 * h] = __fmul_rn(out[i][n][2 * h], keep);
        out[i][n][2 * h + 1] = __fmul_rn(out[i][n][2 * h + 1], keep);
      }
    }
  }
}

template <class S>
__device__ __forceinline__ void add_values(Output<S>& out, const Scores<S>& s,
                                           const std::byte* values,
                                           const FragmentLoader<S::kDim>& load) {
  using T = typename S::T;
#pragma unroll
  for (int step = 0; step < S::kKeys / 16; ++step) {
    std::uint32_t a[S::kTiles][4];  // an accumulator's layout is that of A, once rounded
#pragma unroll
    for (int i = 0; i < S::kTiles; ++i) {
      const float(&left)[4] = s[i][2 * step];
      const float(&right)[4] = s[i][2 * step + 1];
      a[i][0] = pack<T>(left[0], left[1]);
      a[i][1] = pack<T>(left[2], left[3]);
      a[i][2] = pack<T>(right[0], right[1]);
      a[i][3] = pack<T>(right[2], right[3]);
    }
#pragma unroll
    for (int n = 0; n < S::kDim / 16; ++n) {
      std::uint32_t b0[2];
      std::uint32_t b1[2];
      load.b_stored(b0, b1, values, step * 16, n);
#pragma unroll
      for (int i = 0; i < S::kTiles; ++i) {
        mma_16816<T>(out[i][2 * n], a[i], b0);
        mma_16816<T>(out[i][2 * n + 1], a[i], b1);
      }
    }
  }
}

template <class S>
__device__ __forceinline__ void finish(const AttentionArgs& args, const Place& p,
                                       const Output<S>& out, const Softmax<S::kTiles>& softmax,
                                       int warp, int lane) {
#pragma unroll
  for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const float sum = quad_sum(softmax.sum[i][h]);
      const int pair = p.first_row + (warp * S::kTiles + i) * 16 + h * 8 + lane / 4;
      if (pair >= p.pairs) {
        continue;
      }
      const int row = pair / p.group;
      const int q_head = p.head * p.group + (pair - row * p.group);
      if (args.log_sum_exp != nullptr && lane % 4 == 0) {
        args.log_sum_exp[q_head * args.rows + row] =
            __fmaf_rn(softmax.largest[i][h], args.scale, logf(sum));
      }
      const float factor = __fdiv_rn(1.0F, sum);
      const std::int64_t to = (std::int64_t{row} * args.q_heads + q_head) * S::kDim + lane % 4 * 2;
#pragma unroll
      for (int n = 0; n < S::kDim / 8; ++n) {
        store_pair(args.out, args.out_type, to + n * 8, __fmul_rn(out[i][n][2 * h], factor),
                   __fmul_rn(out[i][n][2 * h + 1], factor));
      }
    }
  }
}

// Grid (tiles of pairs, storage heads).
template <class S>
__global__ void __launch_bounds__(kThreads, 2) prefill(AttentionArgs args) {
  using T = typename S::T;
  const Place place = find_place<S>(args);
  const int thread = static_cast<int>(threadIdx.x);
  const int warp = thread / 32;
  const int lane = thread % 32;
  std::byte* const queries = shared_memory();
  std::byte* const slots = queries + S::kQueryBytes;
  auto* const table = reinterpret_cast<std::uintptr_t*>(slots + 3 * S::kSlotBytes);
  const auto values = static_cast<std::uintptr_t>(value_offset<T>(args.cache));

  if (thread < S::kKeys) {
    table[thread] = entry_address<S>(args.cache, place, 0);
    table[S::kKeys + thread] = entry_address<S>(args.cache, place, 1);
  }
  copy_queries<S>(queries, args, place);
  __syncthreads();
  int key_slot = 0;
  int value_slot = S::kSlotBytes;
  int next_slot = 2 * S::kSlotBytes;
  copy_tile<S>(slots + key_slot, table, 0);
  cp_async_commit();  // the queries are in this group too
  copy_tile<S>(slots + value_slot, table, values);
  cp_async_commit();

  const FragmentLoader<S::kDim> load(lane);
  Softmax<S::kTiles> softmax;
  Output<S> out;
#pragma unroll
  for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      softmax.largest[i][h] = -INFINITY;
      softmax.sum[i][h] = 0;
    }
#pragma unroll
    for (int n = 0; n < S::kDim / 8; ++n) {
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        out[i][n][c] = 0;
      }
    }
  }
  const float scale = __fmul_rn(args.scale, kLog2E);

  for (int tile = 0; tile < place.tiles; ++tile) {
    const std::uintptr_t* const next_table = table + (tile + 1) % 2 * S::kKeys;
    const bool more = tile + 1 < place.tiles;
    cp_async_wait<1>();
    __syncthreads();  // keys of this tile are here, values of the last one no longer needed
    if (more) {
      copy_tile<S>(slots + next_slot, next_table, 0);
    }
    cp_async_commit();
    std::uintptr_t later = 0;
    if (more && thread < S::kKeys) {
      later = entry_address<S>(args.cache, place, tile + 2);
    }
    Scores<S> s;
    multiply_keys<S>(s, queries, slots + key_slot, load, warp);
    if (tile >= place.open) {
      mask<S>(s, place, tile * S::kKeys, warp, lane);
    }
    soften<S>(s, out, softmax, scale);
    cp_async_wait<1>();
    __syncthreads();  // values of this tile are here, its keys no longer needed
    if (more) {
      copy_tile<S>(slots + key_slot, next_table, values);
    }
    cp_async_commit();
    if (thread < S::kKeys) {
      table[tile % 2 * S::kKeys + thread] = later;
    }
    add_values<S>(out, s, slots + value_slot, load);
    const int free_slot = value_slot;
    value_slot = key_slot;
    key_slot = next_slot;
    next_slot = free_slot;
  }
  cp_async_wait<0>();
  finish<S>(args, place, out, softmax, warp, lane);
}

template <class S>
void launch_shape(const AttentionArgs& args, Stream stream) {
  const std::int64_t pairs = args.rows * (args.q_heads / args.cache.heads);
  const Extent grid{static_cast<std::uint32_t>((pairs + S::kRows - 1) / S::kRows),
                    static_cast<std::uint32_t>(args.cache.heads)};
  KVFOOT_LAUNCH(prefill<S>, grid, {kThreads}, S::kSharedBytes, stream, args);
}

// A row's sums do not depend on the other rows of its block: the choice changes no bits.
template <class T, int kDim>
void launch_dim(const AttentionArgs& args, Stream stream) {
  constexpr std::int64_t kFillsCard = 256;  // blocks: two for most multiprocessors
  const std::int64_t pairs = args.rows * (args.q_heads / args.cache.heads);
  if (pairs * args.cache.heads >= kFillsCard * 128) {
    launch_shape<Shape<T, kDim, 2, 64>>(args, stream);
  } else {
    launch_shape<Shape<T, kDim, 1, 64>>(args, stream);
  }
}

template <class T>
void launch_type(const AttentionArgs& args, Stream stream) {
  switch (args.cache.head_dim) {
    case 32:
      return launch_dim<T, 32>(args, stream);
    case 64:
      return launch_dim<T, 64>(args, stream);
    case 128:
      return launch_dim<T, 128>(args, stream);
    default:  // 256: the output of 16 rows fills the registers
      return launch_shape<Shape<T, 256, 1, 32>>(args, stream);
  }
}

}  // namespace

void launch_prefill_matrix(const AttentionArgs& args, Stream stream) {
  if (args.cache.type == DType::kBF16) {
    launch_type<BFloat16>(args, stream);
  } else {
    launch_type<Float16>(args, stream);
  }
}

}  // namespace kvfoot::cuda
