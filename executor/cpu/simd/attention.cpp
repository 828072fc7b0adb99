// Attention over one block of keys, compiled once per instruction set.
#include "executor/cpu/simd/scalars.hpp"

namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE {

void rotate(const float* x, const float* cosine, const float* sine, int64_t n, float* out);

namespace {

constexpr int64_t kBlockVecs = kKeyBlock / kLanes;

int64_t round_up(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

template <class From>
void widen_rows(const KeyBlock& b, float* out) {
  const int64_t width = round_up(b.head_dim);
  for (int64_t j = 0; j < b.count; ++j) {
    float* row = out + j * width;
    widen_run<From>(static_cast<const typename From::Element*>(b.rows[j]), b.head_dim, row);
    for (int64_t k = b.head_dim; k < width; ++k) {
      row[k] = 0.0F;
    }
  }
  memset(out + b.count * width, 0,
         static_cast<size_t>((kKeyBlock - b.count) * width) * sizeof(float));
}

void widen_rows(const KeyBlock& b, float* out) {
  switch (b.type) {
    case Scalar::kF32:
      widen_rows<FromF32>(b, out);
      break;
    case Scalar::kF16:
      widen_rows<FromF16>(b, out);
      break;
    case Scalar::kBF16:
      widen_rows<FromBF16>(b, out);
      break;
  }
}

// out (columns, kKeyBlock) = transpose of kKeyBlock rows; four by four where we can.
void transpose(const float* const* rows, int64_t columns, float* out) {
  int64_t k = 0;
#if defined(KVFOOT_SIMD_V4) || defined(KVFOOT_SIMD_V3)
  for (; k + 4 <= columns; k += 4) {
    for (int64_t j = 0; j < kKeyBlock; j += 4) {
      __m128 a = _mm_loadu_ps(rows[j] + k);
      __m128 b = _mm_loadu_ps(rows[j + 1] + k);
      __m128 c = _mm_loadu_ps(rows[j + 2] + k);
      __m128 d = _mm_loadu_ps(rows[j + 3] + k);
      _MM_TRANSPOSE4_PS(a, b, c, d);
      _mm_storeu_ps(out + k * kKeyBlock + j, a);
      _mm_storeu_ps(out + (k + 1) * kKeyBlock + j, b);
      _mm_storeu_ps(out + (k + 2) * kKeyBlock + j, c);
      _mm_storeu_ps(out + (k + 3) * kKeyBlock + j, d);
    }
  }
#endif
  for (; k < columns; ++k) {
    for (int64_t j = 0; j < kKeyBlock; ++j) {
      out[k * kKeyBlock + j] = rows[j][k];
    }
  }
}

// Scores of Rows queries with Vecs * 16 keys: a chain of fused multiply-adds along head_dim.
template <int Rows, int Vecs>
void score_rows(const ScoreTile& t, int64_t query, int64_t column) {
  Vec acc[size_t{Rows}][size_t{Vecs}];
  for (auto& row : acc) {
    for (auto& a : row) {
      a = zero();
    }
  }
  const float* q = t.q + query * t.head_dim;
  const float* keys = t.keys + column;
  for (int64_t k = 0; k < t.head_dim; ++k) {
    Vec key[size_t{Vecs}];
#pragma GCC unroll 8
    for (int v = 0; v < Vecs; ++v) {
      key[v] = load(keys + k * kKeyBlock + v * kLanes);
    }
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const Vec x = broadcast(q[r * t.head_dim + k]);
#pragma GCC unroll 8
      for (int v = 0; v < Vecs; ++v) {
        acc[r][v] = fma(x, key[v], acc[r][v]);
      }
    }
  }
  const Vec scale = broadcast(t.scale);
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < Vecs; ++v) {
      store(t.out + (query + r) * t.stride + column + v * kLanes, mul(acc[r][v], scale));
    }
  }
}

// out += scores values for Rows queries and Vecs * 16 columns, over the first `keys` keys.
template <int Rows, int Vecs>
void mix_rows(const AttendTile& t, int64_t query, int64_t column, int64_t keys) {
  Vec acc[size_t{Rows}][size_t{Vecs}];
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < Vecs; ++v) {
      acc[r][v] = load(t.out + (query + r) * t.width + column + v * kLanes);
    }
  }
  const float* p = t.scores + query * kKeyBlock;
  for (int64_t j = 0; j < keys; ++j) {
    Vec value[size_t{Vecs}];
#pragma GCC unroll 8
    for (int v = 0; v < Vecs; ++v) {
      value[v] = load(t.values + j * t.width + column + v * kLanes);
    }
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const Vec x = broadcast(p[r * kKeyBlock + j]);
#pragma GCC unroll 8
      for (int v = 0; v < Vecs; ++v) {
        acc[r][v] = fma(x, value[v], acc[r][v]);
      }
    }
  }
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < Vecs; ++v) {
      store(t.out + (query + r) * t.width + column + v * kLanes, acc[r][v]);
    }
  }
}

#if defined(KVFOOT_SIMD_V4)
constexpr int kRows = 6;
constexpr int kVecs = 4;
#else
constexpr int kRows = 4;
constexpr int kVecs = 1;
#endif

template <int Rows>
void mix_group(const AttendTile& t, int64_t query) {
  int64_t keys = 0;
  for (int r = 0; r < Rows; ++r) {
    keys = t.visible[query + r] > keys ? t.visible[query + r] : keys;
  }
  if (keys == 0) {
    return;
  }
  int64_t column = 0;
  for (; column + kVecs * kLanes <= t.width; column += kVecs * kLanes) {
    mix_rows<Rows, kVecs>(t, query, column, keys);
  }
  for (; column < t.width; column += kLanes) {
    mix_rows<Rows, 1>(t, query, column, keys);
  }
}

// Turns a query's scores into weights, and scales what it has gathered so far.
void soften(const AttendTile& t, int64_t query) {
  const int64_t visible = t.visible[query];
  float* s = t.scores + query * kKeyBlock;
  if (visible == 0) {
    memset(s, 0, sizeof(float) * kKeyBlock);
    return;
  }
  Vec score[kBlockVecs];
  Vec best = broadcast(-3.4e38F);
  for (int64_t v = 0; v < kBlockVecs; ++v) {
    const int64_t left = visible - v * kLanes;
    score[v] = load(s + v * kLanes);
    if (left < kLanes) {
      score[v] = keep_first(score[v], left > 0 ? left : 0, -3.4e38F);
    }
    best = max(best, score[v]);
  }
  const float before = t.largest[query];
  const float block_best = max_lane(best);
  const float largest = before > block_best ? before : block_best;
  const Vec shift = broadcast(largest);
  Vec sum = zero();
  for (int64_t v = 0; v < kBlockVecs; ++v) {
    const int64_t left = visible - v * kLanes;
    Vec p = exp(sub(score[v], shift));
    if (left < kLanes) {
      p = keep_first(p, left > 0 ? left : 0, 0.0F);
    }
    sum = add(sum, p);
    store(s + v * kLanes, p);
  }
  float keep = 1.0F;
  if (largest != before) {
    float lane[16];
    store(lane, exp(sub(broadcast(before), shift)));
    keep = lane[0];
    const Vec factor = broadcast(keep);
    float* out = t.out + query * t.width;
    for (int64_t k = 0; k < t.width; k += kLanes) {
      store(out + k, mul(load(out + k), factor));
    }
  }
  t.largest[query] = largest;
  t.sum[query] = t.sum[query] * keep + sum_lane(sum);
}

}  // namespace

void pack_keys(const KeyBlock& block, float* out) {
  const float* rows[kKeyBlock];
  if (block.type == Scalar::kF32 && block.cosine == nullptr && block.count == kKeyBlock) {
    for (int64_t j = 0; j < kKeyBlock; ++j) {
      rows[j] = static_cast<const float*>(block.rows[j]);
    }
    transpose(rows, block.head_dim, out);
    return;
  }
  const int64_t width = round_up(block.head_dim);
  widen_rows(block, block.scratch);
  const int64_t half = block.head_dim / 2;
  for (int64_t j = 0; j < kKeyBlock; ++j) {
    float* row = block.scratch + j * width;
    if (block.cosine != nullptr && j < block.count) {
      rotate(row, block.cosine + j * half, block.sine + j * half, block.head_dim, row);
    }
    rows[j] = row;
  }
  transpose(rows, block.head_dim, out);
}

void pack_values(const KeyBlock& block, float* out) { widen_rows(block, out); }

void scores(const ScoreTile& tile) {
  for (int64_t column = 0; column < kKeyBlock; column += kVecs * kLanes) {
    int64_t q = 0;
    for (; q + kRows <= tile.queries; q += kRows) {
      score_rows<kRows, kVecs>(tile, q, column);
    }
    for (; q + 2 <= tile.queries; q += 2) {
      score_rows<2, kVecs>(tile, q, column);
    }
    if (q < tile.queries) {
      score_rows<1, kVecs>(tile, q, column);
    }
  }
}

void attend(const AttendTile& tile) {
  for (int64_t q = 0; q < tile.queries; ++q) {
    soften(tile, q);
  }
  int64_t q = 0;
  for (; q + kRows <= tile.queries; q += kRows) {
    mix_group<kRows>(tile, q);
  }
  for (; q + 2 <= tile.queries; q += 2) {
    mix_group<2>(tile, q);
  }
  if (q < tile.queries) {
    mix_group<1>(tile, q);
  }
}

void softmax(float* row, int64_t n, float* largest, float* sum) {
  Vec best = broadcast(-3.4e38F);
  for (int64_t j = 0; j < n; j += kLanes) {
    const int64_t left = n - j;
    best = max(best, left < kLanes ? keep_first(load_first(row + j, left), left, -3.4e38F)
                                   : load(row + j));
  }
  const float top = max_lane(best);
  const Vec shift = broadcast(top);
  Vec total = zero();
  for (int64_t j = 0; j < n; j += kLanes) {
    const int64_t left = n - j;
    if (left < kLanes) {
      const Vec p = keep_first(exp(sub(load_first(row + j, left), shift)), left, 0.0F);
      total = add(total, p);
      store_first(row + j, p, left);
    } else {
      const Vec p = exp(sub(load(row + j), shift));
      total = add(total, p);
      store(row + j, p);
    }
  }
  const float all = sum_lane(total);
  const Vec divisor = broadcast(all);
  for (int64_t j = 0; j < n; j += kLanes) {
    const int64_t left = n - j;
    if (left < kLanes) {
      store_first(row + j, div(load_first(row + j, left), divisor), left);
    } else {
      store(row + j, div(load(row + j), divisor));
    }
  }
  *largest = top;
  *sum = all;
}

}  // namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE
