// Attention of many rows in fp32 arithmetic: fp32 caches, and head dimensions that tensor cores do
// not take. The same walk as attention_prefill_mma.cu: a block owns 64 pairs (row, query head of
// the group), 16 x 16 threads; a thread computes 4 pairs x 2 keys of the scores and 4 pairs x a
// sixteenth of the output, with 16-byte reads of shared memory.
#include <cmath>

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/plain_tile.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kRows = 64;
constexpr int kKeys = 32;
constexpr int kMine = kRows / 16;  // rows of a thread
constexpr int kWeightStride = kKeys + 1;

// kWidth: quarters of 64 output columns, four neighbours of each per thread.
template <class Scalar, int kQuarters>
struct Shape {
  using T = Scalar;
  static constexpr int kWidth = kQuarters;
};

int shared_floats(std::int32_t head_dim) {
  return (kRows + 2 * kKeys) * (head_dim + 4) + kRows * kWeightStride;
}

template <class S>
__global__ void __launch_bounds__(kThreads) prefill_plain(AttentionArgs args) {
  using T = typename S::T;
  const LayerPages& cache = args.cache;
  const int dim = cache.head_dim;
  const int stride = plain_stride(dim);
  const int head = static_cast<int>(blockIdx.y);
  const int group = args.q_heads / cache.heads;
  const int pairs = static_cast<int>(args.rows) * group;
  const int first = static_cast<int>(gridDim.x - 1 - blockIdx.x) * kRows;
  const int entries = cache.entries[head];
  const int past = entries - static_cast<int>(args.rows);
  const int seen_by_last = past + (min(first + kRows, pairs) - 1) / group + 1;

  const int thread = static_cast<int>(threadIdx.x);
  const int warp = thread / 32;
  const int lane = thread % 32;
  const int column = thread % 16;
  const int row = thread / 16 * kMine;  // the thread's first
  auto* const queries = reinterpret_cast<float*>(shared_memory());
  float* const keys = queries + kRows * stride;
  float* const values = keys + kKeys * stride;
  float* const weights = values + kKeys * stride;

  for (int r = warp; r < kRows; r += kWarps) {
    const int pair = first + r;
    const std::int64_t q = std::int64_t{pair / group} * args.q_heads + head * group + pair % group;
    widen_row<T>(queries + r * stride,
                 pair < pairs ? static_cast<const T*>(args.q) + q * dim : nullptr, dim, lane);
  }
  float largest[kMine];
  float sum[kMine];  // of this thread's columns only, until the end
  int visible[kMine];
  float out[kMine][S::kWidth][4];
#pragma unroll
  for (int i = 0; i < kMine; ++i) {
    largest[i] = -INFINITY;
    sum[i] = 0;
    visible[i] = past + min(first + row + i, pairs - 1) / group + 1;
#pragma unroll
    for (int w = 0; w < S::kWidth; ++w) {
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        out[i][w][c] = 0;
      }
    }
  }
  const float scale = __fmul_rn(args.scale, kLog2E);

  for (int begin = 0; begin < seen_by_last; begin += kKeys) {
    for (int r = warp; r < kKeys; r += kWarps) {
      const bool there = begin + r < entries;
      const std::byte* key = there ? key_of<T>(cache, head, begin + r) : nullptr;
      widen_row<T>(keys + r * stride, key, dim, lane);
      widen_row<T>(values + r * stride, there ? key + value_offset<T>(cache) : nullptr, dim, lane);
    }
    __syncthreads();
    float s[kMine][2];
    plain_scores(s, queries + row * stride, keys + column * stride, dim);
#pragma unroll
    for (int i = 0; i < kMine; ++i) {
#pragma unroll
      for (int k = 0; k < 2; ++k) {
        if (begin + column + 16 * k >= visible[i]) {
          s[i][k] = -INFINITY;
        }
      }
      float best = fmaxf(s[i][0], s[i][1]);
      for (int distance = 8; distance > 0; distance /= 2) {
        best = fmaxf(best, __shfl_xor_sync(kAllLanes, best, distance));
      }
      const float before = largest[i];
      largest[i] = fmaxf(before, best);
      const float keep = exp2f(__fmul_rn(__fsub_rn(before, largest[i]), scale));
      sum[i] = __fmul_rn(sum[i], keep);
#pragma unroll
      for (int k = 0; k < 2; ++k) {
        const float weight = exp2f(__fmul_rn(__fsub_rn(s[i][k], largest[i]), scale));
        sum[i] = __fadd_rn(sum[i], weight);
        weights[(row + i) * kWeightStride + column + 16 * k] = weight;
      }
#pragma unroll
      for (int w = 0; w < S::kWidth; ++w) {
#pragma unroll
        for (int c = 0; c < 4; ++c) {
          out[i][w][c] = __fmul_rn(out[i][w][c], keep);
        }
      }
    }
    __syncwarp();  // a row's weights are made and used by 16 lanes of one warp
    for (int k = 0; k < kKeys; ++k) {
      float weight[kMine];
#pragma unroll
      for (int i = 0; i < kMine; ++i) {
        weight[i] = weights[(row + i) * kWeightStride + k];
      }
#pragma unroll
      for (int w = 0; w < S::kWidth; ++w) {
        const int at = (column + 16 * w) * 4;
        if (at < dim) {
          const float4 v = *reinterpret_cast<const float4*>(values + k * stride + at);
#pragma unroll
          for (int i = 0; i < kMine; ++i) {
            out[i][w][0] = __fmaf_rn(weight[i], v.x, out[i][w][0]);
            out[i][w][1] = __fmaf_rn(weight[i], v.y, out[i][w][1]);
            out[i][w][2] = __fmaf_rn(weight[i], v.z, out[i][w][2]);
            out[i][w][3] = __fmaf_rn(weight[i], v.w, out[i][w][3]);
          }
        }
      }
    }
    __syncthreads();
  }

#pragma unroll
  for (int i = 0; i < kMine; ++i) {
    float total = sum[i];
    for (int distance = 8; distance > 0; distance /= 2) {
      total = __fadd_rn(total, __shfl_xor_sync(kAllLanes, total, distance));
    }
    const int pair = first + row + i;
    if (pair >= pairs) {
      continue;
    }
    const int q_head = head * group + pair % group;
    if (args.log_sum_exp != nullptr && column == 0) {
      args.log_sum_exp[q_head * args.rows + pair / group] =
          __fmaf_rn(largest[i], args.scale, logf(total));
    }
    const std::int64_t to = (std::int64_t{pair / group} * args.q_heads + q_head) * dim;
#pragma unroll
    for (int w = 0; w < S::kWidth; ++w) {
      const int at = (column + 16 * w) * 4;
      if (at < dim) {
        store_pair(args.out, args.out_type, to + at, __fdiv_rn(out[i][w][0], total),
                   __fdiv_rn(out[i][w][1], total));
        store_pair(args.out, args.out_type, to + at + 2, __fdiv_rn(out[i][w][2], total),
                   __fdiv_rn(out[i][w][3], total));
      }
    }
  }
}

template <class S>
void launch_shape(const AttentionArgs& args, Stream stream) {
  const std::int64_t pairs = args.rows * (args.q_heads / args.cache.heads);
  const Extent grid{static_cast<std::uint32_t>((pairs + kRows - 1) / kRows),
                    static_cast<std::uint32_t>(args.cache.heads)};
  KVFOOT_LAUNCH(prefill_plain<S>, grid, {kThreads},
                static_cast<std::size_t>(shared_floats(args.cache.head_dim)) * sizeof(float),
                stream, args);
}

template <class T>
void launch_type(const AttentionArgs& args, Stream stream) {
  if (args.cache.head_dim <= 64) {
    launch_shape<Shape<T, 1>>(args, stream);
  } else if (args.cache.head_dim <= 128) {
    launch_shape<Shape<T, 2>>(args, stream);
  } else {
    launch_shape<Shape<T, 4>>(args, stream);
  }
}

}  // namespace

void launch_prefill_plain(const AttentionArgs& args, Stream stream) {
  switch (args.cache.type) {
    case DType::kF32:
      return launch_type<float>(args, stream);
    case DType::kF16:
      return launch_type<Float16>(args, stream);
    case DType::kBF16:
      return launch_type<BFloat16>(args, stream);
  }
}

}  // namespace kvfoot::cuda
