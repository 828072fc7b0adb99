// The CPU kernels of training, on plain fp32 pointers: attention with rotary positions, RMS norm,
// SwiGLU.
//
// Tensor operators would write every (length x length) score matrix and a dozen activation-sized
// temporaries per norm to memory; these keep a tile of rows in registers and the first-level cache.
// Attention follows FlashAttention (Dao et al. 2022): the backward pass recomputes the scores from
// the saved log-sum-exp.
#pragma once

#include <cstdint>

namespace kvfoot::trainer {

// q, out, grad_q (batch, length, heads, head_dim); k, v, grad_k, grad_v (batch, length, kv_heads,
// head_dim); cos, sin (length, head_dim) with equal halves; lse (batch, heads, length).
struct AttentionShape {
  std::int64_t length = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
};
struct AttentionInput {
  const float *q, *k, *v, *cos, *sin;
};
struct AttentionGradient {
  const float *out, *lse, *grad_out;
  float *grad_q, *grad_k, *grad_v;
};

// One (row of the batch, KV head): all its query heads, causal. Units touch disjoint outputs.
using AttentionForward = void (*)(const AttentionShape&, const AttentionInput&, float* out,
                                  float* lse, std::int64_t row, std::int64_t kv_head);
using AttentionBackward = void (*)(const AttentionShape&, const AttentionInput&,
                                   const AttentionGradient&, std::int64_t row,
                                   std::int64_t kv_head);

// y = x / sqrt(mean(x^2) + eps) * w over `rows` rows of `width`; y is bf16 bits or fp32.
// Backward adds to grad_w (width) and writes grad_x.
struct NormShape {
  std::int64_t rows = 0;
  std::int64_t width = 0;
  float eps = 0;
};

// out = silu(gate) * up, elementwise on bf16 bits.
struct Kernels {
  const char* name;  // instruction set
  AttentionForward attention_forward;
  AttentionBackward attention_backward;
  void (*norm_forward)(const NormShape&, const float* x, const float* w, std::uint16_t* y);
  void (*norm_backward)(const NormShape&, const float* x, const float* w,
                        const std::uint16_t* grad_y, float* grad_x, float* grad_w);
  void (*swiglu_forward)(std::int64_t count, const std::uint16_t* gate, const std::uint16_t* up,
                         std::uint16_t* out);
  void (*swiglu_backward)(std::int64_t count, const std::uint16_t* gate, const std::uint16_t* up,
                          const std::uint16_t* grad_out, std::uint16_t* grad_gate,
                          std::uint16_t* grad_up);
};

inline constexpr std::int64_t kKernelHeadDim = 32;  // the only head size the kernels know

// The best set for this processor.
const Kernels& kernels();

extern const Kernels kKernelsBaseline;  // the instruction set of the whole build
extern const Kernels kKernelsWide;      // AVX-512 (x86-64-v4), on x86 only

}  // namespace kvfoot::trainer
