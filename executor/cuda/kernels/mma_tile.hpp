// Tiles of 16-bit rows in shared memory, laid out so that neither the copies that fill them nor the
// matrix loads that empty them meet in a bank, and the fragments that tensor cores take from them.
// For kernel files only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "executor/cuda/kernels/pages.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {

// Rows of kDim 16-bit scalars in pieces of 16 bytes. Eight rows below each other, read at the same
// piece, must fall on eight different groups of four banks: the piece's number is xored with the
// row's. Rows of 64 bytes lie two to a line of all banks, so there half the row number serves.
template <int kDim>
struct SwizzledRows {
  static_assert(kDim % 32 == 0);
  static constexpr int kPieces = kDim / 8;
  static constexpr int kRowBytes = kDim * 2;
  static constexpr int kMask = kPieces < 8 ? kPieces - 1 : 7;
  static constexpr int kShift = kPieces < 8 ? 1 : 0;

  static __device__ __forceinline__ int offset(int row, int piece) {
    return row * kRowBytes + ((piece ^ (row >> kShift & kMask)) << 4);
  }
};

// The lane's part in fragment loads of 16 rows x 16 columns. Adding multiples of 16 rows moves the
// address only, since the swizzle repeats every 8; going two pieces to the right flips bits of the
// piece's number.
template <int kDim>
struct FragmentLoader {
  using Rows = SwizzledRows<kDim>;
  int down_right;  // matrices go down, then right
  int right_down;

  __device__ __forceinline__ explicit FragmentLoader(int lane)
      : down_right(Rows::offset(lane & 15, lane >> 4)),
        right_down(Rows::offset((lane >> 4) * 8 + (lane & 7), lane >> 3 & 1)) {}

  // A: rows [row, row + 16), columns [16 step, 16 step + 16).
  __device__ __forceinline__ void a(std::uint32_t (&fragment)[4], const std::byte* tile, int row,
                                    int step) const {
    ldmatrix_x4(fragment, tile + row * Rows::kRowBytes + (down_right ^ (step * 32)));
  }
  // B for the product with a transposed tile: stored rows [row, row + 16) are the columns of two B,
  // whose rows are columns [16 step, 16 step + 16) of the tile.
  __device__ __forceinline__ void b(std::uint32_t (&first)[2], std::uint32_t (&second)[2],
                                    const std::byte* tile, int row, int step) const {
    std::uint32_t r[4];
    ldmatrix_x4(r, tile + row * Rows::kRowBytes + (right_down ^ (step * 32)));
    first[0] = r[0];
    first[1] = r[1];
    second[0] = r[2];
    second[1] = r[3];
  }
  // B as it is stored: rows [row, row + 16), columns [16 pair, 16 pair + 8) and the next eight.
  __device__ __forceinline__ void b_stored(std::uint32_t (&first)[2], std::uint32_t (&second)[2],
                                           const std::byte* tile, int row, int pair) const {
    std::uint32_t r[4];
    ldmatrix_x4_trans(r, tile + row * Rows::kRowBytes + (down_right ^ (pair * 32)));
    first[0] = r[0];
    first[1] = r[1];
    second[0] = r[2];
    second[1] = r[3];
  }
};

// Sum and maximum over the four lanes that hold one row of an accumulator.
__device__ __forceinline__ float quad_sum(float x) {
  x = __fadd_rn(x, __shfl_xor_sync(kAllLanes, x, 1));
  return __fadd_rn(x, __shfl_xor_sync(kAllLanes, x, 2));
}
__device__ __forceinline__ float quad_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(kAllLanes, x, 1));
  return fmaxf(x, __shfl_xor_sync(kAllLanes, x, 2));
}

// Host: calls body with a scalar of the cache's type and, as a std::integral_constant, its head
// dimension. Only for caches that has_matrix_kernels().
template <class Body>
void with_matrix_cache(const LayerPages& cache, Body&& body) {
  const auto with_dim = [&](auto scalar) {
    switch (cache.head_dim) {
      case 32:
        return body(scalar, std::integral_constant<int, 32>{});
      case 64:
        return body(scalar, std::integral_constant<int, 64>{});
      case 128:
        return body(scalar, std::integral_constant<int, 128>{});
      default:
        return body(scalar, std::integral_constant<int, 256>{});
    }
  };
  if (cache.type == DType::kBF16) {
    with_dim(BFloat16{});
  } else {
    with_dim(Float16{});
  }
}

}  // namespace kvfoot::cuda
