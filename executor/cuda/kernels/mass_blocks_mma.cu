// Means over blocks of rows on tensor cores: a second product of queries and keys, whose weights
// need no maximum because attention left the log-sum-exp of every row.
//
// A warp owns the rows of one block and one query head; their queries stay in registers, keys pass
// by in a ring of shared memory that the warps of a thread block (the heads of a group first)
// share. Keys are independent of each other, so long streams are cut into pieces that fill the
// card.
//
// Limits, head dimension 128: 128 registers of queries leave 16 columns of products at a time; each
// key is read from shared memory once per 64 rows, half of what tensor cores could use up, and
// exponentials (16 per clock and multiprocessor) take about as long as the products.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "executor/cuda/kernels/entries.hpp"
#include "executor/cuda/kernels/mass_blocks.hpp"
#include "executor/cuda/kernels/mma_tile.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / 32;
constexpr int kTiles = kMostBlockRows / 16;  // of rows, per warp
constexpr int kKeys = 64;                    // of a slot
constexpr int kSlots = 4;                    // three copies under way
constexpr int kPieceKeys = 4096;             // of a thread block

template <class Scalar, int kHeadDim>
struct Shape {
  using T = Scalar;
  static constexpr int kDim = kHeadDim;
  using Rows = SwizzledRows<kDim>;
  static constexpr int kSlotBytes = kKeys * Rows::kRowBytes;
  static constexpr int kTableBytes = kSlots * kKeys * 8;
  static constexpr int kSharedBytes = kSlots * kSlotBytes + kTableBytes;
  static_assert(kSlots >= kWarps && kKeys >= kMostBlockRows, "queries pass through the slots");
  using Queries = std::uint32_t[kTiles][kDim / 16][4];
};

// The rows of a warp.
struct Unit {
  int q_head;
  int first_row;
  int rows;  // 0: nothing to do
  int seen;  // keys that the last row sees
};

template <class S>
__device__ __forceinline__ void load_queries(typename S::Queries& queries, const MassInput& input,
                                             const Unit& unit, std::byte* slot) {
  constexpr int kPieces = S::Rows::kPieces;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int piece = lane % kPieces;
#pragma unroll 4
  for (int r = lane / kPieces; r < kMostBlockRows; r += 32 / kPieces) {
    const bool there = r < unit.rows;
    const std::int64_t row =
        std::int64_t{unit.first_row + (there ? r : 0)} * input.q_heads + unit.q_head;
    cp_async_16(slot + S::Rows::offset(r, piece),
                static_cast<const std::byte*>(input.q) + row * S::Rows::kRowBytes + piece * 16,
                there);
  }
  cp_async_commit();
  cp_async_wait<0>();
  __syncthreads();
  const FragmentLoader<S::kDim> load(lane);
#pragma unroll
  for (int i = 0; i < kTiles; ++i) {
#pragma unroll
    for (int step = 0; step < S::kDim / 16; ++step) {
      load.a(queries[i][step], slot, i * 16, step);
    }
  }
  __syncthreads();  // the slots are free
}

template <class S>
__device__ __forceinline__ void copy_keys(std::byte* slot, const std::uintptr_t* table) {
  constexpr int kPieces = S::Rows::kPieces;
  const int piece = static_cast<int>(threadIdx.x) % kPieces;
  const int row = static_cast<int>(threadIdx.x) / kPieces;
#pragma unroll
  for (int i = 0; i < kKeys * kPieces / kThreads; ++i) {
    const int r = row + i * (kThreads / kPieces);
    const std::uintptr_t entry = table[r];
    cp_async_16(slot + S::Rows::offset(r, piece),
                reinterpret_cast<const void*>(entry + static_cast<std::uintptr_t>(piece) * 16),
                entry != 0);
  }
}

// Weights of 16 keys, summed over the rows that the lane holds. `open`: keys beyond the first, of
// the lane's first column, that the block's first row sees.
template <class S, class Edge>
__device__ __forceinline__ void add_weights(float (&sum)[2][2], const typename S::Queries& queries,
                                            const std::byte* slot, int key,
                                            const FragmentLoader<S::kDim>& load,
                                            const float (&shift)[kTiles][2], float scale, int open,
                                            int lane, Edge /*edge*/) {
  float s[kTiles][2][4] = {};
#pragma unroll
  for (int step = 0; step < S::kDim / 16; ++step) {
    std::uint32_t b0[2];
    std::uint32_t b1[2];
    load.b(b0, b1, slot, key, step);
#pragma unroll
    for (int i = 0; i < kTiles; ++i) {
      mma_16816<typename S::T>(s[i][0], queries[i][step], b0);
      mma_16816<typename S::T>(s[i][1], queries[i][step], b1);
    }
  }
#pragma unroll
  for (int n = 0; n < 2; ++n) {
#pragma unroll
    for (int c = 0; c < 2; ++c) {
      sum[n][c] = 0;
#pragma unroll
      for (int i = 0; i < kTiles; ++i) {
#pragma unroll
        for (int h = 0; h < 2; ++h) {
          float weight = exp2_approx(__fmaf_rn(s[i][n][2 * h + c], scale, -shift[i][h]));
          if constexpr (Edge::value) {
            weight = n * 8 + c > open + i * 16 + h * 8 + lane / 4 ? 0.0F : weight;
          }
          sum[n][c] = __fadd_rn(sum[n][c], weight);
        }
      }
    }
  }
}

// Sums over the eight lanes that hold the rows of a column. Every lane ends with one of 32 keys:
// which_key() of them.
__device__ __forceinline__ float join_rows(const float (&sum)[2][2][2], int lane) {
  float half[2][2];
  const bool high = (lane & 16) != 0;
#pragma unroll
  for (int n = 0; n < 2; ++n) {
#pragma unroll
    for (int c = 0; c < 2; ++c) {
      const float mine = high ? sum[1][n][c] : sum[0][n][c];
      const float other = high ? sum[0][n][c] : sum[1][n][c];
      half[n][c] = __fadd_rn(mine, __shfl_xor_sync(kAllLanes, other, 16));
    }
  }
  float quarter[2];
  const bool second = (lane & 8) != 0;
#pragma unroll
  for (int c = 0; c < 2; ++c) {
    const float mine = second ? half[1][c] : half[0][c];
    const float other = second ? half[0][c] : half[1][c];
    quarter[c] = __fadd_rn(mine, __shfl_xor_sync(kAllLanes, other, 8));
  }
  const bool odd = (lane & 4) != 0;
  const float mine = odd ? quarter[1] : quarter[0];
  const float other = odd ? quarter[0] : quarter[1];
  return __fadd_rn(mine, __shfl_xor_sync(kAllLanes, other, 4));
}
__device__ __forceinline__ int which_key(int lane) {
  return (lane & 24) + (lane & 3) * 2 + (lane >> 2 & 1);
}

// Grid (groups of kWarps (block, query head of the group), storage heads, pieces of the stream).
template <class S>
__global__ void __launch_bounds__(kThreads, 2) block_means(BlockMeans args) {
  const MassInput& input = args.input;
  const int head = static_cast<int>(blockIdx.y);
  const int group = input.q_heads / input.cache.heads;
  const int units = args.count * group;
  const int entries = input.cache.entries[head];
  const int past = entries - static_cast<int>(input.rows);
  const int thread = static_cast<int>(threadIdx.x);
  const int warp = thread / 32;
  const int lane = thread % 32;
  const int first_unit = static_cast<int>(blockIdx.x) * kWarps;
  const RowBlock& last = args.blocks[(min(first_unit + kWarps, units) - 1) / group];
  const int begin = static_cast<int>(blockIdx.z) * kPieceKeys;
  const int end = min(begin + kPieceKeys, past + last.first_row + last.rows);
  if (begin >= end) {
    return;
  }
  const int mine = min(first_unit + warp, units - 1);
  const int b = mine / group;
  Unit unit{head * group + (mine - b * group), args.blocks[b].first_row, args.blocks[b].rows, 0};
  unit.rows = first_unit + warp < units ? unit.rows : 0;
  unit.seen = unit.rows == 0 ? 0 : past + unit.first_row + unit.rows;

  std::byte* const slots = shared_memory();
  auto* const table = reinterpret_cast<std::uintptr_t*>(slots + kSlots * S::kSlotBytes);
  typename S::Queries queries;
  load_queries<S>(queries, input, unit, slots + warp * S::kSlotBytes);
  float shift[kTiles][2];  // log-sum-exps to the base 2; no row, no weight
#pragma unroll
  for (int i = 0; i < kTiles; ++i) {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const int row = i * 16 + h * 8 + lane / 4;
      shift[i][h] =
          row < unit.rows
              ? __fmul_rn(args.log_sum_exp[unit.q_head * input.rows + unit.first_row + row], kLog2E)
              : INFINITY;
    }
  }
  const float scale = __fmul_rn(input.scale, kLog2E);
  const auto divisor = static_cast<float>(max(unit.rows, 1));
  float* const mean = args.mean + (std::int64_t{b} * input.q_heads + unit.q_head) * args.stride;

  const auto address = [&](int entry) {
    return entry < entries
               ? reinterpret_cast<std::uintptr_t>(key_of<typename S::T>(input.cache, head, entry))
               : std::uintptr_t{0};
  };
  for (int i = thread; i < kSlots * kKeys; i += kThreads) {
    table[i] = address(begin + i);
  }
  __syncthreads();
  const int tiles = (end - begin + kKeys - 1) / kKeys;
#pragma unroll
  for (int ahead = 0; ahead < kSlots - 1; ++ahead) {
    if (ahead < tiles) {
      copy_keys<S>(slots + ahead * S::kSlotBytes, table + ahead * kKeys);
    }
    cp_async_commit();
  }
  const FragmentLoader<S::kDim> load(lane);
  for (int tile = 0; tile < tiles; ++tile) {
    const int later = tile + kSlots - 1;
    const int free_slot = later % kSlots;
    cp_async_wait<kSlots - 2>();
    __syncthreads();  // this tile is here, the slot of the one before is free
    if (later < tiles) {
      copy_keys<S>(slots + free_slot * S::kSlotBytes, table + free_slot * kKeys);
    }
    cp_async_commit();
    if (thread < kKeys) {  // of the tile that comes into this slot
      table[tile % kSlots * kKeys + thread] = address(begin + (tile + kSlots) * kKeys + thread);
    }
    const std::byte* const slot = slots + tile % kSlots * S::kSlotBytes;
#pragma unroll 1
    for (int half = 0; half < kKeys; half += 32) {
      const int first = begin + tile * kKeys + half;
      if (first >= unit.seen) {
        break;
      }
      float sum[2][2][2];
      const int open = past + unit.first_row - first - lane % 4 * 2;
      const bool edge = first + 31 > past + unit.first_row;
#pragma unroll
      for (int n = 0; n < 2; ++n) {
        if (edge) {
          add_weights<S>(sum[n], queries, slot, half + n * 16, load, shift, scale, open - n * 16,
                         lane, std::true_type{});
        } else {
          add_weights<S>(sum[n], queries, slot, half + n * 16, load, shift, scale, open - n * 16,
                         lane, std::false_type{});
        }
      }
      const float total = join_rows(sum, lane);
      const int key = first + which_key(lane);
      if (key < unit.seen) {
        mean[key] = __fdiv_rn(total, divisor);
      }
    }
  }
  cp_async_wait<0>();
}

template <class S>
void launch_shape(const BlockMeans& args, Stream stream) {
  const std::int64_t units =
      std::int64_t{args.count} * (args.input.q_heads / args.input.cache.heads);
  const Extent grid{static_cast<std::uint32_t>((units + kWarps - 1) / kWarps),
                    static_cast<std::uint32_t>(args.input.cache.heads),
                    static_cast<std::uint32_t>((args.longest + kPieceKeys - 1) / kPieceKeys)};
  KVFOOT_LAUNCH(block_means<S>, grid, {kThreads}, S::kSharedBytes, stream, args);
}

}  // namespace

void launch_block_means_matrix(const BlockMeans& args, Stream stream) {
  with_matrix_cache(args.input.cache, [&](auto scalar, auto dim) {
    if constexpr (decltype(dim)::value <= 128) {  // larger ones take the plain kernel
      launch_shape<Shape<decltype(scalar), decltype(dim)::value>>(args, stream);
    }
  });
}

}  // namespace kvfoot::cuda
