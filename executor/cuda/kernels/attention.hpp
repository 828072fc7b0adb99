// Attention over paged, ragged, per-head streams. Row r of the pass sees the first
// entries[h] - rows + r + 1 entries of storage head h: everything that survived, and the pass up to
// itself. Online softmax (Milakov and Gimelshein 2018; FlashAttention, Dao et al. 2022): no matrix
// of rows by keys is ever formed. Head dimensions 32, 64, 128, 256 for 16-bit tensor cores; any
// multiple of 8 up to 256 in the plain kernel. The bits of a row depend on its keys and, where
// they are cut, on `splits`; not on the rows beside it, nor on the card's size.
#pragma once

#include <cstdint>

#include "executor/cuda/kernels/pages.hpp"
#include "executor/cuda/runtime/handles.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot::cuda {

struct AttentionArgs {
  LayerPages cache;
  const void* q = nullptr;  // (rows, q_heads, head_dim) of cache.type, rotated
  std::int64_t rows = 0;
  std::int32_t q_heads = 0;  // group = q_heads / cache.heads share a stream
  float scale = 1;           // 1 / sqrt(head_dim)
  void* out = nullptr;       // (rows, q_heads, head_dim) of out_type
  DType out_type = DType::kF32;
  float* log_sum_exp = nullptr;  // (q_heads, rows), natural logarithm; may be null
};

// Why this geometry cannot run; null when it can.
[[nodiscard]] const char* attention_unsupported(std::int32_t head_dim, std::int32_t group);
// The most shared memory per block that a kernel of attention or of masses asks for.
[[nodiscard]] std::int64_t attention_shared_bytes(std::int32_t head_dim);

// Many rows: tensor cores for 16-bit caches, plain fp32 arithmetic for fp32.
void launch_prefill_attention(const AttentionArgs& args, Stream stream);

// One row. The stream is cut into `splits` pieces of whole pages (sizes from `entries` on the
// device, so a captured launch stays right while streams grow), which are joined in ascending
// order.
struct DecodeAttention {
  AttentionArgs attention;  // rows = 1, or few: launch_split_prefill
  std::int32_t splits = 1;
  float* partial = nullptr;  // decode_partial_floats() per row; contents undefined before and after
};
// How many pieces suit streams of up to `longest` entries.
[[nodiscard]] std::int32_t decode_splits(std::int64_t longest, std::int32_t storage_heads,
                                         std::int32_t multiprocessors);
[[nodiscard]] std::int64_t decode_partial_floats(std::int32_t q_heads, std::int32_t head_dim,
                                                 std::int32_t splits);
void launch_decode_attention(const DecodeAttention& args, Stream stream);

// Few rows over many keys, such as the last rows of a long prompt: the rows alone make too few
// blocks, so their keys are cut into pieces as well. How many; 1 where that gains nothing or the
// kernel for it is missing: fp32 caches, head dimensions without tensor cores.
[[nodiscard]] std::int32_t prefill_splits(const LayerPages& cache, std::int64_t rows,
                                          std::int32_t q_heads, std::int64_t longest,
                                          std::int32_t multiprocessors);
// More than one piece, of a cache for which prefill_splits may say so.
void launch_split_prefill(const DecodeAttention& args, Stream stream);

}  // namespace kvfoot::cuda
