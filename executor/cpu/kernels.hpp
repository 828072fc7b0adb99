// The hot loops of the CPU backend as a table of functions, one table per instruction set.
//
// Every function is a pure function of its arguments with one fixed order of fp32 operations
// (sixteen lanes, explicit fused multiply-adds, fixed trees for sums), so the three tables give the
// same bits, and a row's result does not depend on how many rows are computed with it. This header
// is included by files that are compiled for different instruction sets: plain structs only.
#pragma once

#include <stdint.h>

namespace kvfoot::cpu {

enum class Scalar : uint8_t { kF32, kF16, kBF16 };

// Products are summed lane by lane within blocks of kSumBlock columns, then block by block.
constexpr int64_t kSumBlock = 1024;
// Rows of W that are widened together, and the distance between them in the panel: not a multiple
// of the page size, or all rows would compete for the same few lines of the first cache.
constexpr int64_t kPanelRows = 64;
constexpr int64_t kPanelStride = kSumBlock + 16;
// Keys are processed in blocks that begin at multiples of kKeyBlock in the resident list.
constexpr int64_t kKeyBlock = 64;

// y[i][j] = sum_k x[i][k] * w[j][k] for i < m, j < n. x: (m, ldx), w: (n, ldw) of `type`,
// y: (m, ldy). `panel`: kPanelRows * kPanelStride floats; may be null when m < 8.
struct LinearTile {
  const float* x;
  int64_t ldx;
  const void* w;
  Scalar type;
  int64_t ldw;
  float* y;
  int64_t ldy;
  int64_t m, n, k;
  float* panel;
};

// One block of cached keys or values brought into the shape that the attention kernels read.
struct KeyBlock {
  const void* const* rows;  // (count) pointers to head_dim scalars of `type`
  int64_t count;            // 1 .. kKeyBlock
  Scalar type;
  int64_t head_dim;
  // Both null, or the table of a rotation to be applied: (count, head_dim / 2).
  const float* cosine;
  const float* sine;
  float* scratch;  // (kKeyBlock, head_dim rounded up to 16)
};

// out[q][j] = scale * (q . key j) for all kKeyBlock columns of a packed block.
struct ScoreTile {
  const float* q;     // (queries, head_dim) contiguous
  const float* keys;  // (head_dim, kKeyBlock): packed
  int64_t queries, head_dim;
  float scale;
  float* out;  // (queries, stride)
  int64_t stride;
};

// One block's step of the online softmax (Milakov and Gimelshein, 2018). State of a query: largest
// score, sum of exp, and the unnormalised output; before the first block -inf, 0 and zeros.
struct AttendTile {
  float* scores;           // (queries, kKeyBlock), overwritten
  const int64_t* visible;  // (queries): how many of the block's keys the query sees, 0 .. kKeyBlock
  const float* values;     // (kKeyBlock, width): packed
  int64_t queries, width;  // width: head_dim rounded up to 16
  float* largest;          // (queries)
  float* sum;              // (queries)
  float* out;              // (queries, width)
};

struct Kernels {
  const char* name;
  void (*linear)(const LinearTile& tile);
  // Transposes a block of keys: out (head_dim, kKeyBlock), columns from `count` on are zero.
  void (*pack_keys)(const KeyBlock& block, float* out);
  // Widens a block of values: out (kKeyBlock, width), padding and rows from `count` on are zero.
  void (*pack_values)(const KeyBlock& block, float* out);
  void (*scores)(const ScoreTile& tile);
  void (*attend)(const AttendTile& tile);
  // Softmax in place over n >= 1 values; *largest and *sum describe the normaliser.
  void (*softmax)(float* row, int64_t n, float* largest, float* sum);
  // out = weight * (x / sqrt(mean(x^2) + epsilon))
  void (*rms_norm)(const float* x, const float* weight, float epsilon, int64_t n, float* out);
  // gate = gate / (1 + e^-gate) * up
  void (*swiglu)(float* gate, const float* up, int64_t n);
  // Euclidean length of n scalars.
  float (*length)(const void* x, Scalar type, int64_t n);
  void (*widen)(const void* x, Scalar type, int64_t n, float* out);
  // Pairs (k, k + n/2) turned by the angle whose cosine and sine are given; x and out may be equal.
  void (*rotate)(const float* x, const float* cosine, const float* sine, int64_t n, float* out);
};

// The fastest table that this processor runs.
const Kernels& best_kernels();
// All tables that this processor runs, the fastest first; `count` receives how many.
const Kernels* const* runnable_kernels(int& count);

}  // namespace kvfoot::cpu
