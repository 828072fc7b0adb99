// Products of a tile of keys with many queries on tensor cores, for kernels that want scores and
// nothing else: the keys are the rows of the product and stay in registers, the queries are its
// columns and pass by in a ring of three slots of shared memory, two of them under way.
//
// A column is a pair (row, query head): `side` query heads of one group lie side by side, head
// fastest, so that one read of the keys serves them. Device code only.
#pragma once

#include <cmath>
#include <cstdint>

#include "executor/cuda/kernels/entries.hpp"
#include "executor/cuda/kernels/mass_parts.hpp"
#include "executor/cuda/kernels/mma_tile.hpp"

namespace kvfoot::cuda {

template <class Scalar, int kHeadDim>
struct KeyShape {
  using T = Scalar;
  static constexpr int kDim = kHeadDim;
  using Rows = SwizzledRows<kDim>;
  static constexpr int kThreads = 128;
  static constexpr int kTiles = kDim == 256 ? 1 : 2;         // of 16 keys, per warp: 64 registers
  static constexpr int kKeys = kThreads / 32 * 16 * kTiles;  // of a block
  static constexpr int kColumns = 64;                        // of a slot
  static constexpr int kSlotBytes = kColumns * Rows::kRowBytes;
  static constexpr int kRingBytes = 3 * kSlotBytes;
  static_assert(kKeys * Rows::kRowBytes <= kRingBytes, "keys pass through the ring");

  using Keys = std::uint32_t[kTiles][kDim / 16][4];
  using Scores = float[kTiles][kColumns / 8][4];
};

// The columns that a block multiplies with.
struct Columns {
  int first_q;    // query head of column 0
  int log2_side;  // of the query heads side by side: 1, 2, 4 or 8
  int first_row;  // of the pass, of column 0
  int count;      // pairs

  [[nodiscard]] __device__ __forceinline__ int row(int column) const {
    return first_row + (column >> log2_side);
  }
  [[nodiscard]] __device__ __forceinline__ int q_of(int column) const {  // counted from first_q
    return column & ((1 << log2_side) - 1);
  }
};

// Keys [begin, begin + kKeys) of a stream as fragments; zeros behind its end. Uses the ring.
template <class S>
__device__ __forceinline__ void load_keys(typename S::Keys& keys, const LayerPages& cache, int head,
                                          int begin, std::byte* ring) {
  constexpr int kPieces = S::Rows::kPieces;
  const int thread = static_cast<int>(threadIdx.x);
  const int piece = thread % kPieces;
  const int entries = cache.entries[head];
#pragma unroll 4
  for (int r = thread / kPieces; r < S::kKeys; r += S::kThreads / kPieces) {
    const bool there = begin + r < entries;
    const std::byte* key =
        key_of<typename S::T>(cache, head, there ? begin + r : entries - 1) + piece * 16;
    cp_async_16(ring + S::Rows::offset(r, piece), key, there);
  }
  cp_async_commit();
  cp_async_wait<0>();
  __syncthreads();
  const FragmentLoader<S::kDim> load(thread % 32);
#pragma unroll
  for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
    for (int step = 0; step < S::kDim / 16; ++step) {
      load.a(keys[i][step], ring, (thread / 32 * S::kTiles + i) * 16, step);
    }
  }
  __syncthreads();  // the ring is free
}

template <class S>
__device__ __forceinline__ void copy_columns(std::byte* slot, const MassInput& input,
                                             const Columns& columns, int begin) {
  constexpr int kPieces = S::Rows::kPieces;
  const int piece = static_cast<int>(threadIdx.x) % kPieces;
#pragma unroll 4
  for (int r = static_cast<int>(threadIdx.x) / kPieces; r < S::kColumns;
       r += S::kThreads / kPieces) {
    const int column = begin + r;
    const bool there = column < columns.count;
    const int read = there ? column : 0;
    const std::int64_t q =
        std::int64_t{columns.row(read)} * input.q_heads + columns.first_q + columns.q_of(read);
    cp_async_16(slot + S::Rows::offset(r, piece),
                static_cast<const std::byte*>(input.q) + q * S::Rows::kRowBytes + piece * 16,
                there);
  }
}

// Calls visit(scores, column) with the products of the keys and columns [column, column +
// kColumns), for column = first, first + kColumns, ... below columns.count. Two rounds ahead all
// threads call fetch(column) and, once they have waited for it long enough, place(column, what it
// returned), which may write to the third of shared memory whose turn it is.
template <class S, class Fetch, class Place, class Visit>
__device__ __forceinline__ void for_columns(const typename S::Keys& keys, const MassInput& input,
                                            const Columns& columns, int first, std::byte* ring,
                                            Fetch&& fetch, Place&& place, Visit&& visit) {
  const FragmentLoader<S::kDim> load(static_cast<int>(threadIdx.x) % 32);
#pragma unroll
  for (int ahead = 0; ahead < 2; ++ahead) {
    const int column = first + ahead * S::kColumns;
    if (column < columns.count) {
      copy_columns<S>(ring + ahead * S::kSlotBytes, input, columns, column);
      place(column, fetch(column));
    }
    cp_async_commit();
  }
  int slot = 0;
  for (int column = first; column < columns.count; column += S::kColumns) {
    cp_async_wait<1>();
    __syncthreads();  // this slot is filled, the one before is no longer read
    const int later = column + 2 * S::kColumns;
    float fetched = 0;
    if (later < columns.count) {
      const int free_slot = slot == 0 ? 2 : slot - 1;
      copy_columns<S>(ring + free_slot * S::kSlotBytes, input, columns, later);
      fetched = fetch(later);
    }
    cp_async_commit();
    typename S::Scores s;
#pragma unroll
    for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
      for (int n = 0; n < S::kColumns / 8; ++n) {
#pragma unroll
        for (int c = 0; c < 4; ++c) {
          s[i][n][c] = 0;
        }
      }
    }
#pragma unroll
    for (int step = 0; step < S::kDim / 16; ++step) {
#pragma unroll
      for (int n = 0; n < S::kColumns / 16; ++n) {
        std::uint32_t b0[2];
        std::uint32_t b1[2];
        load.b(b0, b1, ring + slot * S::kSlotBytes, n * 16, step);
#pragma unroll
        for (int i = 0; i < S::kTiles; ++i) {
          mma_16816<typename S::T>(s[i][2 * n], keys[i][step], b0);
          mma_16816<typename S::T>(s[i][2 * n + 1], keys[i][step], b1);
        }
      }
    }
    visit(s, column);
    if (later < columns.count) {
      place(later, fetched);
    }
    slot = slot == 2 ? 0 : slot + 1;
  }
  cp_async_wait<0>();
}

}  // namespace kvfoot::cuda
