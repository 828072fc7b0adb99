// Scores and accumulated mass in fp32 arithmetic: tiles of 64 rows of one query head x 32 keys,
// 16 x 16 threads, each with 4 rows x 2 keys.
#include <cmath>

#include "executor/cuda/kernels/mass_parts.hpp"
#include "executor/cuda/kernels/plain_tile.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kRows = 64;
constexpr int kKeys = 32;
constexpr int kMine = kRows / 16;
constexpr int kWeightStride = kKeys + 1;

int tile_floats(std::int32_t head_dim) { return (kRows + kKeys) * (head_dim + 4); }

// A tile's queries and keys in shared memory; what does not exist is zeros.
template <class T>
__device__ __forceinline__ void widen_queries(float* to, const MassInput& input, int q_head,
                                              int first_row, int end_row) {
  const int dim = input.cache.head_dim;
  for (int r = static_cast<int>(threadIdx.x) / 32; r < kRows; r += kWarps) {
    const int row = first_row + r;
    const T* from = static_cast<const T*>(input.q) +
                    (std::int64_t{min(row, end_row - 1)} * input.q_heads + q_head) * dim;
    widen_row<T>(to + r * plain_stride(dim), row < end_row ? from : nullptr, dim,
                 static_cast<int>(threadIdx.x) % 32);
  }
}
template <class T>
__device__ __forceinline__ void widen_keys(float* to, const LayerPages& cache, int head,
                                           int begin) {
  const int entries = cache.entries[head];
  for (int r = static_cast<int>(threadIdx.x) / 32; r < kKeys; r += kWarps) {
    const std::byte* key = begin + r < entries ? key_of<T>(cache, head, begin + r) : nullptr;
    widen_row<T>(to + r * plain_stride(cache.head_dim), key, cache.head_dim,
                 static_cast<int>(threadIdx.x) % 32);
  }
}

// Grid (tiles of keys, query heads, tiles of rows).
template <class T>
__global__ void __launch_bounds__(kThreads) scores_plain(SoftmaxRows args) {
  const MassInput& input = args.input;
  const int stride = plain_stride(input.cache.head_dim);
  const int q = static_cast<int>(blockIdx.y);
  const int head = (args.first_q + q) / (input.q_heads / input.cache.heads);
  const int past = input.cache.entries[head] - static_cast<int>(input.rows);
  const int from = args.own_keys_only ? past : 0;
  const int first = static_cast<int>(blockIdx.z) * kRows;  // counted from first_row
  const int rows = static_cast<int>(args.count);
  const int begin = static_cast<int>(blockIdx.x) * kKeys;  // counted from `from`
  const int seen = past + static_cast<int>(args.first_row) + min(first + kRows, rows) - from;
  if (begin >= seen) {
    return;
  }
  auto* const queries = reinterpret_cast<float*>(shared_memory());
  float* const keys = queries + kRows * stride;
  const int first_row = static_cast<int>(args.first_row);
  widen_queries<T>(queries, input, args.first_q + q, first_row + first, first_row + rows);
  widen_keys<T>(keys, input.cache, head, from + begin);
  __syncthreads();
  const int column = static_cast<int>(threadIdx.x) % 16;
  const int row = static_cast<int>(threadIdx.x) / 16 * kMine;
  float s[kMine][2];
  plain_scores(s, queries + row * stride, keys + column * stride, input.cache.head_dim);
#pragma unroll
  for (int i = 0; i < kMine; ++i) {
#pragma unroll
    for (int k = 0; k < 2; ++k) {
      const int r = first + row + i;
      const int key = begin + column + 16 * k;
      if (r < rows && key < seen) {
        args.probability[(std::int64_t{q} * rows + r) * args.stride + key] =
            __fmul_rn(s[i][k], input.scale);
      }
    }
  }
}

// Every addition to a key is one row's, in ascending order. Grid (tiles of keys, query heads).
template <class T>
__global__ void __launch_bounds__(kThreads) accumulate_plain(AccumulateMass args) {
  const MassInput& input = args.input;
  const int stride = plain_stride(input.cache.head_dim);
  const int q = static_cast<int>(blockIdx.y);
  const int head = q / (input.q_heads / input.cache.heads);
  const int entries = input.cache.entries[head];
  const int past = entries - static_cast<int>(input.rows);
  const int begin = static_cast<int>(blockIdx.x) * kKeys;
  if (begin >= entries) {
    return;
  }
  auto* const queries = reinterpret_cast<float*>(shared_memory());
  float* const keys = queries + kRows * stride;
  float* const weights = keys + kKeys * stride;
  const int rows = static_cast<int>(input.rows - args.patch_rows);
  const float* const log_sum_exp = args.log_sum_exp + q * input.rows;
  const int thread = static_cast<int>(threadIdx.x);
  const int column = thread % 16;
  const int row = thread / 16 * kMine;
  widen_keys<T>(keys, input.cache, head, begin);
  float* const mine = args.accumulated + q * args.stride + begin + thread;
  const bool owner = thread < kKeys && begin + thread < entries;
  float sum = owner && begin + thread < past ? *mine : 0.0F;
  for (int first = max(begin - past, 0) / kRows * kRows; first < rows; first += kRows) {
    widen_queries<T>(queries, input, q, first, rows);
    __syncthreads();
    float s[kMine][2];
    plain_scores(s, queries + row * stride, keys + column * stride, input.cache.head_dim);
#pragma unroll
    for (int i = 0; i < kMine; ++i) {
      const int r = first + row + i;
      const float shift = r < rows ? log_sum_exp[r] : INFINITY;
#pragma unroll
      for (int k = 0; k < 2; ++k) {
        const int at = column + 16 * k;
        const float score = __fmul_rn(s[i][k], input.scale);
        weights[(row + i) * kWeightStride + at] =
            begin + at <= past + r ? expf(__fsub_rn(score, shift)) : 0.0F;
      }
    }
    __syncthreads();
    if (owner) {
#pragma unroll 8
      for (int r = 0; r < kRows; ++r) {
        sum = __fadd_rn(sum, weights[r * kWeightStride + thread]);
      }
    }
  }
  if (owner) {
    *mine = sum;
  }
}

}  // namespace

void launch_scores_plain(const SoftmaxRows& args, Stream stream) {
  const std::int64_t keys = args.own_keys_only ? args.input.rows : args.input.longest;
  const Extent grid{blocks_for(keys, kKeys), static_cast<std::uint32_t>(args.q_count),
                    blocks_for(args.count, kRows)};
  const auto bytes =
      static_cast<std::size_t>(tile_floats(args.input.cache.head_dim)) * sizeof(float);
  with_scalar(args.input.cache.type, [&](auto scalar) {
    KVFOOT_LAUNCH(scores_plain<decltype(scalar)>, grid, {kThreads}, bytes, stream, args);
  });
}

void launch_accumulate_plain(const AccumulateMass& args, Stream stream) {
  const Extent grid{blocks_for(args.input.longest, kKeys),
                    static_cast<std::uint32_t>(args.input.q_heads)};
  const auto floats =
      static_cast<std::size_t>(tile_floats(args.input.cache.head_dim) + kRows * kWeightStride);
  with_scalar(args.input.cache.type, [&](auto scalar) {
    KVFOOT_LAUNCH(accumulate_plain<decltype(scalar)>, grid, {kThreads}, floats * sizeof(float),
                  stream, args);
  });
}

}  // namespace kvfoot::cuda
