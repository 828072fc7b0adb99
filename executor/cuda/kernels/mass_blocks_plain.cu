// Means over blocks of rows in fp32 arithmetic: one block of rows of one query head x 32 keys,
// 16 x 16 threads, each with 4 rows x 2 keys.
#include <cmath>

#include "executor/cuda/kernels/mass_blocks.hpp"
#include "executor/cuda/kernels/plain_tile.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kKeys = 32;
constexpr int kMine = kMostBlockRows / 16;
constexpr int kWeightStride = kKeys + 1;

// Grid (tiles of keys, query heads, blocks).
template <class T>
__global__ void __launch_bounds__(kThreads) block_means_plain(BlockMeans args) {
  const MassInput& input = args.input;
  const int dim = input.cache.head_dim;
  const int stride = plain_stride(dim);
  const int q = static_cast<int>(blockIdx.y);
  const int head = q / (input.q_heads / input.cache.heads);
  const RowBlock& block = args.blocks[blockIdx.z];
  const int first_row = block.first_row;
  const int rows = block.rows;
  const int past = input.cache.entries[head] - static_cast<int>(input.rows);
  const int seen = past + first_row + rows;
  const int begin = static_cast<int>(blockIdx.x) * kKeys;
  if (begin >= seen) {
    return;
  }
  auto* const queries = reinterpret_cast<float*>(shared_memory());
  float* const keys = queries + kMostBlockRows * stride;
  float* const weights = keys + kKeys * stride;
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;
  for (int r = thread / 32; r < kMostBlockRows; r += kWarps) {
    const T* from = static_cast<const T*>(input.q) +
                    (std::int64_t{first_row + min(r, rows - 1)} * input.q_heads + q) * dim;
    widen_row<T>(queries + r * stride, r < rows ? from : nullptr, dim, lane);
  }
  for (int r = thread / 32; r < kKeys; r += kWarps) {
    widen_row<T>(keys + r * stride,
                 begin + r < seen ? key_of<T>(input.cache, head, begin + r) : nullptr, dim, lane);
  }
  __syncthreads();
  const int column = thread % 16;
  const int row = thread / 16 * kMine;
  float s[kMine][2];
  plain_scores(s, queries + row * stride, keys + column * stride, dim);
#pragma unroll
  for (int i = 0; i < kMine; ++i) {
    const int r = row + i;
    const float shift = r < rows ? args.log_sum_exp[q * input.rows + first_row + r] : INFINITY;
#pragma unroll
    for (int k = 0; k < 2; ++k) {
      const int at = column + 16 * k;
      const float score = __fmul_rn(s[i][k], input.scale);
      weights[r * kWeightStride + at] =
          begin + at <= past + first_row + r ? expf(__fsub_rn(score, shift)) : 0.0F;
    }
  }
  __syncthreads();
  if (thread < kKeys && begin + thread < seen) {
    float sum = 0;
#pragma unroll 8
    for (int r = 0; r < rows; ++r) {
      sum = __fadd_rn(sum, weights[r * kWeightStride + thread]);
    }
    args.mean[(std::int64_t{blockIdx.z} * input.q_heads + q) * args.stride + begin + thread] =
        __fdiv_rn(sum, static_cast<float>(rows));
  }
}

}  // namespace

void launch_block_means_plain(const BlockMeans& args, Stream stream) {
  const Extent grid{blocks_for(args.longest, kKeys), static_cast<std::uint32_t>(args.input.q_heads),
                    static_cast<std::uint32_t>(args.count)};
  const auto floats = static_cast<std::size_t>(
      (kMostBlockRows + kKeys) * (args.input.cache.head_dim + 4) + kMostBlockRows * kWeightStride);
  with_scalar(args.input.cache.type, [&](auto scalar) {
    KVFOOT_LAUNCH(block_means_plain<decltype(scalar)>, grid, {kThreads}, floats * sizeof(float),
                  stream, args);
  });
}

}  // namespace kvfoot::cuda
