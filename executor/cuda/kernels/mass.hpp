// Answers about attention, computed on the device beside the attention itself, whose results they
// do not touch. The same bits on every run and every card of one architecture: fixed orders, no
// atomics. The twins are executor/cpu/live_source.cpp and sim/core/pooling.hpp: the same steps, and
// from raw sums on the same bits (rows, pooling taps and query heads are added in the same order).
// Scores of fp32 caches, and of head dimensions without tensor cores, are the twin's chains of
// fused multiply-adds; tensor cores add in an order of their own, in fp32.
#pragma once

#include <cstdint>

#include "executor/cuda/kernels/pages.hpp"
#include "executor/cuda/runtime/handles.hpp"
#include "sim/core/attention.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot::cuda {

// The queries of the layer just attended.
struct MassInput {
  LayerPages cache;
  const void* q = nullptr;  // (rows, q_heads, head_dim) of cache.type, rotated
  std::int64_t rows = 0;    // of the pass
  std::int32_t q_heads = 0;
  float scale = 1;
  std::int64_t longest = 0;  // entries of the longest stream of the layer: fixes launches
};

// Softmax rows [first_row, first_row + count) of query heads [first_q, first_q + q_count), each
// over the keys from `from[h]` on (null: from 0) that the row sees: probability (q_count, count,
// stride), stride >= longest; zero beyond what a row sees, and the key at index i of the stream
// lies in column i - from. log_sum_exp (q_count, count), may be null.
struct SoftmaxRows {
  MassInput input;
  std::int64_t first_row = 0, count = 0;
  std::int32_t first_q = 0, q_count = 0;
  bool own_keys_only = false;  // softmax over the pass's own keys: from[h] = entries[h] - rows
  float* probability = nullptr;
  std::int64_t stride = 0;
  float* log_sum_exp = nullptr;
};
void launch_softmax_rows(const SoftmaxRows& args, Stream stream);

// raw[q][key] = sum over the `count` rows of probability (q_count, count, stride), ascending; keys
// below `keys` only.
struct SumRows {
  const float* probability = nullptr;
  std::int64_t stride = 0, count = 0, keys = 0;
  std::int32_t q_count = 0;
  float* raw = nullptr;  // (q_count, stride)
};
void launch_sum_rows(const SumRows& args, Stream stream);

// score[head][key] = mean over the group of pool(raw[head * group + i])[key], key <
// candidates[head], as sim/core/pooling.hpp orders it.
struct PoolMean {
  const float* raw = nullptr;  // (storage_heads * group, raw_stride)
  std::int64_t raw_stride = 0;
  std::int32_t storage_heads = 0, group = 1;
  const std::int32_t* candidates = nullptr;  // (storage_heads), in device memory
  std::int64_t longest = 0;                  // the largest of them: fixes the launch
  AttentionQuery::Pool pool = AttentionQuery::Pool::kNone;
  std::int32_t kernel = 1;
  float* score = nullptr;  // (storage_heads, score_stride)
  std::int64_t score_stride = 0;
};
void launch_pool_mean(const PoolMean& args, Stream stream);

// accumulated[q][key] += mass that rows [0, rows - patch_rows) of the pass gave to each resident
// key, p = exp(score - log_sum_exp) with the log-sum-exp that attention saved. Keys of the pass
// itself (the last `rows` entries) start at zero, whatever is there: nobody clears them. Never
// materialises rows by keys.
//
// Order of additions, the same for every launch of a geometry. Without tensor cores: what was
// there, then one row after the other, ascending. With them: 8 / side parts, where `side` query
// heads share a read of the keys (the group if it is 2, 4 or 8, else 1); part i adds the rows r
// with r % (8 / side) == i, ascending; neighbouring parts are joined pairwise, and the whole is
// added to what was there.
struct AccumulateMass {
  MassInput input;
  std::int64_t patch_rows = 0;
  const float* log_sum_exp = nullptr;  // (q_heads, rows)
  float* accumulated = nullptr;        // (q_heads, stride)
  std::int64_t stride = 0;
};
void launch_accumulate_mass(const AccumulateMass& args, Stream stream);

// norms[h][i] = L2 norm of key i of storage head h, i in [begin_h, entries[h]); begin_h is
// entries[h] - last (last < 0: 0). Column i - begin_h.
struct KeyNorms {
  LayerPages cache;
  std::int64_t last = -1;
  std::int64_t longest = 0;  // the most columns: fixes the launch
  float* norms = nullptr;    // (heads, stride)
  std::int64_t stride = 0;
};
void launch_key_norms(const KeyNorms& args, Stream stream);

}  // namespace kvfoot::cuda
