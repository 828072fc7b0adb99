// Kernels that work row by row: embedding, norm, rotation, SwiGLU. h is hidden_size, the residual
// stream x is fp32, what goes into matrix products is of the model's compute type.
#pragma once

#include <cstdint>

#include "executor/cuda/kernels/pages.hpp"
#include "executor/cuda/runtime/handles.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot::cuda {

// x[r] = table[tokens[r]]
struct EmbedArgs {
  const std::int32_t* tokens = nullptr;  // (rows)
  const void* table = nullptr;           // (vocab, hidden) of `type`
  DType type = DType::kF32;
  std::int64_t rows = 0, hidden = 0;
  float* x = nullptr;  // (rows, hidden)
};
void launch_embed(const EmbedArgs& args, Stream stream);

// out = weight * x / sqrt(mean(x^2) + epsilon), rounded to `type`
struct RmsNormArgs {
  const float* x = nullptr;       // (rows, hidden)
  const float* weight = nullptr;  // (hidden)
  float epsilon = 0;
  std::int64_t rows = 0, hidden = 0;
  void* out = nullptr;  // (rows, hidden) of `type`
  DType type = DType::kF32;
};
void launch_rms_norm(const RmsNormArgs& args, Stream stream);

// Cosine and sine of fp32(position) * frequency, the angle rounded to fp32 as the reference
// implementation does, then taken in double and rounded once.
struct RopeTableArgs {
  const std::int32_t* positions = nullptr;  // (rows); null: 0, 1, 2, ...
  const float* frequency = nullptr;         // (half)
  std::int64_t rows = 0, half = 0;          // half: head_dim / 2
  float* cosine = nullptr;                  // (rows, half)
  float* sine = nullptr;
};
void launch_rope_table(const RopeTableArgs& args, Stream stream);

// Takes apart the rows of the QKV product: q goes to `q`, k and v are appended to the pages of
// every storage head as its last `rows` entries (cache.entries already counts them); all of
// cache.type. q and k are rotated (pairs i, i + head_dim / 2) in fp32 unless cosine is null.
struct AppendArgs {
  const void* qkv = nullptr;  // (rows, (q_heads + 2 kv_heads) head_dim) of `type`
  DType type = DType::kF32;
  const float* cosine = nullptr;  // (rows, head_dim / 2)
  const float* sine = nullptr;
  std::int64_t rows = 0;
  std::int32_t q_heads = 0, kv_heads = 0;  // cache.heads is kv_heads, or q_heads (copies)
  void* q = nullptr;                       // (rows, q_heads, head_dim) of cache.type
  LayerPages cache;
  bool early = false;  // may begin while the kernel before still runs; compute capability 9.0
};
void launch_append(const AppendArgs& args, Stream stream);

// Queries of every storage head rotated at their index in the cache, entries[h] - rows + r (for
// caches that keep keys before rotation), in place. A table row i is for index i.
struct RotateQueries {
  void* q = nullptr;  // (rows, q_heads, head_dim) of cache.type
  std::int64_t rows = 0;
  std::int32_t q_heads = 0;
  const float* cosine = nullptr;
  const float* sine = nullptr;
  LayerPages cache;
};
void launch_rotate_queries(const RotateQueries& args, Stream stream);

// out = gate / (1 + e^-gate) * up, in fp32, rounded to `type`
struct SwigluArgs {
  const void* gate_up = nullptr;  // (rows, 2 ffn): gate, then up
  DType type = DType::kF32;
  std::int64_t rows = 0, ffn = 0;
  void* out = nullptr;  // (rows, ffn)
};
void launch_swiglu(const SwigluArgs& args, Stream stream);

}  // namespace kvfoot::cuda
