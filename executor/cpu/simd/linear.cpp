// y = x W^T for one tile, compiled once per instruction set.
#include "executor/cpu/simd/linear.hpp"

namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE {
namespace {

// Register blocks: as many accumulators as the register file holds.
#if defined(KVFOOT_SIMD_V4)
constexpr int kRows = 6;
constexpr int kCols = 4;
#else
constexpr int kRows = 3;
constexpr int kCols = 2;
#endif

template <class From>
void sum_rows(const float* x, int64_t ldx, const typename From::Element* w, int64_t ldw, int64_t m,
              int64_t n, int64_t k, bool first, float* y, int64_t ldy) {
  int64_t i = 0;
  for (; i + kRows <= m; i += kRows) {
    row_group<kRows, kCols, From>(x + i * ldx, ldx, w, ldw, n, k, first, y + i * ldy, ldy);
  }
  for (; i + 2 <= m; i += 2) {
    row_group<2, kCols, From>(x + i * ldx, ldx, w, ldw, n, k, first, y + i * ldy, ldy);
  }
  if (i < m) {
    row_group<1, 4, From>(x + i * ldx, ldx, w, ldw, n, k, first, y + i * ldy, ldy);
  }
}

// Few rows of x (decode): the weights are read once, in the order in which they lie in memory.
template <class From>
void stream(const LinearTile& t) {
  const auto* w = static_cast<const typename From::Element*>(t.w);
  for (int64_t j = 0; j < t.n; j += 4) {
    const int64_t cols = t.n - j < 4 ? t.n - j : 4;
    for (int64_t p = 0; p < t.k; p += kSumBlock) {
      const int64_t run = t.k - p < kSumBlock ? t.k - p : kSumBlock;
      sum_rows<From>(t.x + p, t.ldx, w + j * t.ldw + p, t.ldw, t.m, cols, run, p == 0, t.y + j,
                     t.ldy);
    }
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
        widen_run<From>(w + (j + c) * t.ldw + p, run, t.panel + c * kSumBlock);
      }
      sum_rows<FromF32>(t.x + p, t.ldx, t.panel, kSumBlock, t.m, cols, run, p == 0, t.y + j, t.ldy);
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
