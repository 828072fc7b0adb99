// Attention of many rows on tensor cores, after FlashAttention-2 (Dao 2023, arXiv 2307.08691,
// algorithm 1): a block owns kRows query rows and walks over the keys that they see, tile by tile;
// scores, weights and sums stay in registers.
//
// Tiles of keys and of values take turns in a ring of three slots: two copies are under way while
// one tile is computed with. Entries lie anywhere, so the address of each is looked up once per
// tile, one tile ahead, and kept in shared memory for the copies of its key and its value.
//
// Limits, head dimension 128: a fragment of keys or values that a warp reads from shared memory
// serves two products of 16 rows each; with one, reading (128 bytes per clock) would take longer
// than multiplying. Hence 32 rows per warp and all registers (255); with 81 KiB of shared memory,
// two blocks share a multiprocessor.
#include <cmath>

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/entries.hpp"
#include "executor/cuda/kernels/mma_tile.hpp"
#include "executor/cuda/kernels/prefill_rows.hpp"

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
                                             const PrefillPlace& p) {
  constexpr int kPieces = S::Rows::kPieces;
  const int piece = static_cast<int>(threadIdx.x) % kPieces;
  for (int r = static_cast<int>(threadIdx.x) / kPieces; r < S::kRows; r += kThreads / kPieces) {
    const int pair = p.first_pair + r;
    const auto* from = static_cast<const std::byte*>(args.q) +
                       p.query(pair, args.q_heads) * S::Rows::kRowBytes + piece * 16;
    cp_async_16(to + S::Rows::offset(r, piece), from, pair < p.pairs);
  }
}

// Scores, then weights, of 16 rows and the keys of a tile, as accumulators of the tensor cores.
template <class S>
using Scores = float[S::kTiles][S::kKeys / 8][4];
template <class S>
using Output = float[S::kTiles][S::kDim / 8][4];

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

template <class S>
__device__ __forceinline__ void add_values(Output<S>& out, const Scores<S>& s,
                                           const std::byte* values,
                                           const FragmentLoader<S::kDim>& load) {
  using T = typename S::T;
#pragma unroll
  for (int step = 0; step < S::kKeys / 16; ++step) {
    std::uint32_t a[S::kTiles][4];
#pragma unroll
    for (int i = 0; i < S::kTiles; ++i) {
      round_weights<T>(a[i], s[i], step);
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

// An empty piece.
template <class S>
__device__ __forceinline__ void leave_nothing(const DecodeAttention& args,
                                              const PrefillPlace& place) {
  const Partials to(args);
  const int pair = place.first_pair + static_cast<int>(threadIdx.x);
  if (threadIdx.x < S::kRows && pair < place.pairs) {
    const std::int64_t piece = place.query(pair, args.attention.q_heads) * args.splits + blockIdx.z;
    to.largest[piece] = -INFINITY;
    to.sum[piece] = 0;
  }
}

// Grid (tiles of pairs, storage heads, splits). kSplit: rows of pieces go to args.partial.
template <class S, bool kSplit>
__global__ void __launch_bounds__(kThreads, 2) prefill(DecodeAttention split) {
  using T = typename S::T;
  const AttentionArgs& args = split.attention;
  PrefillPlace place = find_prefill_place<S::kRows, S::kKeys>(args);
  if constexpr (kSplit) {
    static_assert(S::kRows <= kThreads);
    if (!take_piece<S::kKeys>(place, split.splits)) {
      leave_nothing<S>(split, place);
      return;
    }
  }
  const int thread = static_cast<int>(threadIdx.x);
  const int warp = thread / 32;
  const int lane = thread % 32;
  std::byte* const queries = shared_memory();
  std::byte* const slots = queries + S::kQueryBytes;
  auto* const table = reinterpret_cast<std::uintptr_t*>(slots + 3 * S::kSlotBytes);
  const auto values = static_cast<std::uintptr_t>(value_offset<T>(args.cache));

  if (thread < S::kKeys) {
    const int entry = place.first_key + thread;
    table[thread] = prefill_entry<T>(args.cache, place, entry);
    table[S::kKeys + thread] = prefill_entry<T>(args.cache, place, entry + S::kKeys);
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
  RowSoftmax softmax[S::kTiles];
  Output<S> out;
#pragma unroll
  for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
    for (int n = 0; n < S::kDim / 8; ++n) {
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        out[i][n][c] = 0;
      }
    }
  }
  const int first_pair = place.first_pair + warp * S::kTiles * 16;
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
    Scores<S> s;
    multiply_keys<S>(s, queries, slots + key_slot, load, warp);
#pragma unroll
    for (int i = 0; i < S::kTiles; ++i) {
      if (tile >= place.open) {
        mask_rows(s[i], place, first_pair + i * 16, place.first_key + tile * S::kKeys, lane);
      }
      float keep[2];
      soften_rows(s[i], softmax[i], scale, keep);
      rescale_rows(out[i], keep);
    }
    std::uintptr_t later = 0;
    if (more && thread < S::kKeys) {
      later = prefill_entry<T>(args.cache, place, place.first_key + (tile + 2) * S::kKeys + thread);
    }
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
#pragma unroll
  for (int i = 0; i < S::kTiles; ++i) {
    if constexpr (kSplit) {
      leave_rows(split, place, out[i], softmax[i], scale, first_pair + i * 16, lane);
    } else {
      finish_rows(args, place, out[i], softmax[i], first_pair + i * 16, lane);
    }
  }
}

template <class S, bool kSplit>
void launch_shape(const DecodeAttention& split, Stream stream) {
  const AttentionArgs& args = split.attention;
  const std::int64_t pairs = args.rows * (args.q_heads / args.cache.heads);
  const Extent grid{static_cast<std::uint32_t>((pairs + S::kRows - 1) / S::kRows),
                    static_cast<std::uint32_t>(args.cache.heads),
                    static_cast<std::uint32_t>(split.splits)};
  KVFOOT_LAUNCH((prefill<S, kSplit>), grid, {kThreads}, S::kSharedBytes, stream, split);
}

// A row's sums do not depend on the other rows of its block: the choice changes no bits.
template <class T, int kDim>
void launch_dim(const DecodeAttention& split, Stream stream) {
  constexpr std::int64_t kFillsCard = 256;  // blocks: two for most multiprocessors
  constexpr int kKeys = kDim == 256 ? 32 : 64;
  using Small = Shape<T, kDim, 1, kKeys>;
  static_assert(Small::kRows == kSplitRows);
  if (split.splits > 1) {
    return launch_shape<Small, true>(split, stream);
  }
  const AttentionArgs& args = split.attention;
  const std::int64_t pairs = args.rows * (args.q_heads / args.cache.heads);
  if constexpr (kDim < 256) {  // there the output of 16 rows fills the registers
    if (pairs * args.cache.heads >= kFillsCard * 128) {
      return launch_shape<Shape<T, kDim, 2, kKeys>, false>(split, stream);
    }
  }
  launch_shape<Small, false>(split, stream);
}

void launch_any(const DecodeAttention& split, Stream stream) {
  with_matrix_cache(split.attention.cache, [&](auto scalar, auto dim) {
    launch_dim<decltype(scalar), decltype(dim)::value>(split, stream);
  });
}

}  // namespace

void launch_prefill_matrix(const AttentionArgs& args, Stream stream) {
  launch_any({.attention = args}, stream);
}

void launch_split_prefill_matrix(const DecodeAttention& args, Stream stream) {
  launch_any(args, stream);
}

}  // namespace kvfoot::cuda
