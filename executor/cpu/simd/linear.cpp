// y = x W^T for one tile, compiled once per instruction set.
//
// Dot products of rows of x with rows of W, both contiguous along the sum: no transposed copy of
// the weights, and the same order of operations whether one row of x is there or many. Lane l adds
// up the products of columns l, l + 16, ... of a block of kSumBlock columns; sum4 folds the lanes.
#include "executor/cpu/simd/scalars.hpp"

namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE {
namespace {

// Rows of x in a register block, beside four rows of W: as many accumulators as there are
// registers.
#if defined(KVFOOT_SIMD_V4)
constexpr int kRows = 6;
#else
constexpr int kRows = 3;
#endif
constexpr int kCols = 4;

// Four rows of W; where a tile ends earlier, the last one is repeated and its sums are dropped.
template <class Element>
struct Columns {
  const Element* row[kCols];
  int64_t count;
};

template <class Element>
Columns<Element> columns_at(const Element* w, int64_t ldw, int64_t column, int64_t n) {
  Columns<Element> out{};
  out.count = n - column < kCols ? n - column : kCols;
  for (int64_t c = 0; c < kCols; ++c) {
    out.row[c] = w + (column + (c < out.count ? c : out.count - 1)) * ldw;
  }
  return out;
}

// acc += products of the last k % 16 columns, zeros beside them.
template <int Rows, class From>
void add_tail(const float* x, int64_t ldx, const Columns<typename From::Element>& w, int64_t whole,
              int64_t k, Vec* acc) {
  for (int r = 0; r < Rows; ++r) {
    const Vec xv = load_first(x + r * ldx + whole, k - whole);
    for (int c = 0; c < kCols; ++c) {
      acc[r * kCols + c] =
          fma(xv, get_first<From>(w.row[c] + whole, k - whole), acc[r * kCols + c]);
    }
  }
}

// Folds the accumulators into y; the first block of columns stores, later ones add.
template <int Rows>
void put(const Vec* acc, int64_t cols, bool first, float* y, int64_t ldy) {
  for (int r = 0; r < Rows; ++r) {
    const Vec* a = acc + r * kCols;
    const Quad sums = sum4(a[0], a[1], a[2], a[3]);
    float* out = y + r * ldy;
    if (cols == kCols) {
      if (first) {
        store(out, sums);
      } else {
        add_to(out, sums);
      }
      continue;
    }
    float lane[kCols];
    store(lane, sums);
    for (int64_t c = 0; c < cols; ++c) {
      out[c] = first ? lane[c] : out[c] + lane[c];
    }
  }
}

// One row of x; the weights come straight from memory in their own type. `ahead` rows further on
// lie those that are needed next: every cache line read here fetches one of them.
template <class From>
void one_row(const float* x, const Columns<typename From::Element>& w, int64_t k, int64_t ahead,
             bool first, float* y) {
  constexpr int64_t kLine = 64 / sizeof(typename From::Element);
  Vec acc[kCols];
  for (auto& a : acc) {
    a = zero();
  }
  const int64_t whole = k - k % kLanes;
  int64_t p = 0;
  for (; p + kLine <= whole; p += kLine) {
#pragma GCC unroll 4
    for (int c = 0; c < kCols; ++c) {
      __builtin_prefetch(w.row[c] + ahead + p, 0, 3);
    }
#pragma GCC unroll 2
    for (int64_t q = p; q < p + kLine; q += kLanes) {
      const Vec xv = load(x + q);
#pragma GCC unroll 4
      for (int c = 0; c < kCols; ++c) {
        acc[c] = fma(xv, From::get(w.row[c] + q), acc[c]);
      }
    }
  }
  for (; p < whole; p += kLanes) {
    const Vec xv = load(x + p);
    for (int c = 0; c < kCols; ++c) {
      acc[c] = fma(xv, From::get(w.row[c] + p), acc[c]);
    }
  }
  if (whole < k) {
    add_tail<1, From>(x, 0, w, whole, k, acc);
  }
  put<1>(acc, w.count, first, y, 0);
}

// Rows of x against a panel of fp32 weights. Each part of the sixteen lanes has a loop of its own,
// so that all accumulators of the part stay in registers.
template <int Rows>
void register_block(const float* x, int64_t ldx, const Columns<float>& w, int64_t k, bool first,
                    float* y, int64_t ldy) {
  constexpr int kAll = Rows * kCols;
  const int64_t whole = k - k % kLanes;
  Part parts[size_t{kAll}][size_t{kParts}];
  for (int part = 0; part < kParts; ++part) {
    const int64_t lane = part * (kLanes / kParts);
    Part acc[size_t{kAll}];
    for (auto& a : acc) {
      a = part_zero();
    }
    for (int64_t p = lane; p < whole; p += kLanes) {
      Part wv[kCols];
#pragma GCC unroll 4
      for (int c = 0; c < kCols; ++c) {
        wv[c] = part_load(w.row[c] + p);
      }
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        const Part xv = part_load(x + r * ldx + p);
#pragma GCC unroll 4
        for (int c = 0; c < kCols; ++c) {
          acc[r * kCols + c] = part_fma(xv, wv[c], acc[r * kCols + c]);
        }
      }
    }
#pragma GCC unroll 32
    for (int i = 0; i < kAll; ++i) {
      parts[i][part] = acc[i];
    }
  }
  Vec sums[size_t{kAll}];
  for (int i = 0; i < kAll; ++i) {
    sums[i] = join(parts[i]);
  }
  if (whole < k) {
    add_tail<Rows, FromF32>(x, ldx, w, whole, k, sums);
  }
  put<Rows>(sums, w.count, first, y, ldy);
}

// Few rows of x (decode): the weights are read once, in the order in which they lie in memory.
template <class From>
void stream(const LinearTile& t) {
  const auto* w = static_cast<const typename From::Element*>(t.w);
  for (int64_t j = 0; j < t.n; j += kCols) {
    for (int64_t p = 0; p < t.k; p += kSumBlock) {
      const int64_t run = t.k - p < kSumBlock ? t.k - p : kSumBlock;
      const auto columns = columns_at(w + p, t.ldw, j, t.n);
      for (int64_t i = 0; i < t.m; ++i) {
        one_row<From>(t.x + i * t.ldx + p, columns, run, kCols * t.ldw, p == 0,
                      t.y + i * t.ldy + j);
      }
    }
  }
}

template <int Rows>
void row_group(const float* x, int64_t ldx, const float* panel, int64_t n, int64_t k, bool first,
               float* y, int64_t ldy) {
  for (int64_t j = 0; j < n; j += kCols) {
    register_block<Rows>(x, ldx, columns_at(panel, kPanelStride, j, n), k, first, y + j, ldy);
  }
}

// Many rows of x: a panel of W, widened once, serves them all from the cache.
template <class From>
void blocked(const LinearTile& t) {
  const auto* w = static_cast<const typename From::Element*>(t.w);
  for (int64_t j = 0; j < t.n; j += kPanelRows) {
    const int64_t cols = t.n - j < kPanelRows ? t.n - j : kPanelRows;
    for (int64_t p = 0; p < t.k; p += kSumBlock) {
      const int64_t run = t.k - p < kSumBlock ? t.k - p : kSumBlock;
      for (int64_t c = 0; c < cols; ++c) {
        widen_run<From>(w + (j + c) * t.ldw + p, run, t.panel + c * kPanelStride);
      }
      const float* x = t.x + p;
      float* y = t.y + j;
      int64_t i = 0;
      for (; i + kRows <= t.m; i += kRows) {
        row_group<kRows>(x + i * t.ldx, t.ldx, t.panel, cols, run, p == 0, y + i * t.ldy, t.ldy);
      }
      for (; i < t.m; ++i) {
        row_group<1>(x + i * t.ldx, t.ldx, t.panel, cols, run, p == 0, y + i * t.ldy, t.ldy);
      }
    }
  }
}

template <class From>
void run(const LinearTile& t) {
  if (t.m < 8) {
    stream<From>(t);
  } else {
    blocked<From>(t);
  }
}

}  // namespace

void linear(const LinearTile& tile) {
  switch (tile.type) {
    case Scalar::kF32:
      run<FromF32>(tile);
      break;
    case Scalar::kF16:
      run<FromF16>(tile);
      break;
    case Scalar::kBF16:
      run<FromBF16>(tile);
      break;
  }
}

}  // namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE
