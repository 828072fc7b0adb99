// The kernels that attention.hpp chooses among.
#pragma once

#include "executor/cuda/kernels/attention.hpp"

namespace kvfoot::cuda {

// Tensor cores: 16-bit caches, head dimensions 32, 64, 128, 256.
[[nodiscard]] inline bool has_matrix_kernels(const LayerPages& cache) {
  const std::int32_t d = cache.head_dim;
  return cache.type != DType::kF32 && (d == 32 || d == 64 || d == 128 || d == 256);
}

// The products of Hopper's warpgroups: 16-bit caches, head dimensions 64 and 128, on exactly this
// compute capability.
[[nodiscard]] bool has_warpgroup_kernels(const LayerPages& cache, int compute_major,
                                         int compute_minor);
void launch_prefill_warpgroups(const AttentionArgs& args, Stream stream);

void launch_prefill_matrix(const AttentionArgs& args, Stream stream);
void launch_prefill_plain(const AttentionArgs& args, Stream stream);
constexpr int kSplitRows = 64;  // pairs of a row and a query head per block of a split prefill
// Fill args.partial.
void launch_split_prefill_matrix(const DecodeAttention& args, Stream stream);
void launch_decode_matrix(const DecodeAttention& args, Stream stream);
void launch_decode_plain(const DecodeAttention& args, Stream stream);

}  // namespace kvfoot::cuda
