// Dot products of rows of x with rows of W, both contiguous along the sum: no transposed copy of
// the weights, and the same order of operations whether one row of x is there or many.
#pragma once

#include "executor/cpu/kernels.hpp"
#include "executor/cpu/simd/vec16.hpp"

namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE {

struct FromF32 {
  using Element = float;
  static Vec get(const float* p) { return load(p); }
};
struct FromF16 {
  using Element = uint16_t;
  static Vec get(const uint16_t* p) { return load_f16(p); }
};
struct FromBF16 {
  using Element = uint16_t;
  static Vec get(const uint16_t* p) { return load_bf16(p); }
};

template <class From>
inline Vec get_first(const typename From::Element* p, int64_t n) {
  typename From::Element buffer[16] = {};
  memcpy(buffer, p, static_cast<size_t>(n) * sizeof buffer[0]);
  return From::get(buffer);
}

template <class From>
inline void widen_run(const typename From::Element* from, int64_t n, float* out) {
  int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    store(out + k, From::get(from + k));
  }
  if (k < n) {
    store_first(out + k, get_first<From>(from + k, n - k), n - k);
  }
}

// Lane sums over k <= kSumBlock columns for Rows rows of x and Cols rows of w, reduced into
// out[row * Cols + col].
template <int Rows, int Cols, class From>
inline void dot_block(const float* x, int64_t ldx, const typename From::Element* w, int64_t ldw,
                      int64_t k, float* out) {
  Vec acc[size_t{Rows * Cols}];
  for (auto& a : acc) {
    a = zero();
  }
  const int64_t whole = k - k % kLanes;
  for (int64_t p = 0; p < whole; p += kLanes) {
    Vec wv[size_t{Cols}];
#pragma GCC unroll 8
    for (int c = 0; c < Cols; ++c) {
      wv[c] = From::get(w + c * ldw + p);
    }
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const Vec xv = load(x + r * ldx + p);
#pragma GCC unroll 8
      for (int c = 0; c < Cols; ++c) {
        acc[r * Cols + c] = fma(xv, wv[c], acc[r * Cols + c]);
      }
    }
  }
  if (whole < k) {
    for (int r = 0; r < Rows; ++r) {
      const Vec xv = load_first(x + r * ldx + whole, k - whole);
      for (int c = 0; c < Cols; ++c) {
        acc[r * Cols + c] =
            fma(xv, get_first<From>(w + c * ldw + whole, k - whole), acc[r * Cols + c]);
      }
    }
  }
  constexpr int kAll = Rows * Cols;
#pragma GCC unroll 8
  for (int i = 0; i < kAll; i += 4) {
    const Vec none = zero();
    const Quad sums = sum4(acc[i], i + 1 < kAll ? acc[i + 1] : none,
                           i + 2 < kAll ? acc[i + 2] : none, i + 3 < kAll ? acc[i + 3] : none);
    float lane[4];
    store(lane, sums);
    for (int j = 0; j < 4 && i + j < kAll; ++j) {
      out[i + j] = lane[j];
    }
  }
}

// Adds a block of sums to y (first block: stores it).
template <int Rows, int Cols>
inline void put_block(const float* sums, bool first, float* y, int64_t ldy) {
  for (int r = 0; r < Rows; ++r) {
    for (int c = 0; c < Cols; ++c) {
      float& out = y[r * ldy + c];
      out = first ? sums[r * Cols + c] : out + sums[r * Cols + c];
    }
  }
}

template <int Rows, int Cols, class From>
inline void micro(const float* x, int64_t ldx, const typename From::Element* w, int64_t ldw,
                  int64_t k, bool first, float* y, int64_t ldy) {
  float sums[size_t{Rows * Cols}];
  dot_block<Rows, Cols, From>(x, ldx, w, ldw, k, sums);
  put_block<Rows, Cols>(sums, first, y, ldy);
}

// All columns of w for Rows rows of x.
template <int Rows, int Cols, class From>
inline void row_group(const float* x, int64_t ldx, const typename From::Element* w, int64_t ldw,
                      int64_t n, int64_t k, bool first, float* y, int64_t ldy) {
  int64_t j = 0;
  for (; j + Cols <= n; j += Cols) {
    micro<Rows, Cols, From>(x, ldx, w + j * ldw, ldw, k, first, y + j, ldy);
  }
  for (; j < n; ++j) {
    micro<Rows, 1, From>(x, ldx, w + j * ldw, ldw, k, first, y + j, ldy);
  }
}

}  // namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE
