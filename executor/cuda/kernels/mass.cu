// Softmax of score rows, their sums, pooling and means, key norms, and which kernel scores.
#include "executor/cuda/kernels/mass.hpp"

#include <algorithm>
#include <cmath>

#include "executor/cuda/kernels/entries.hpp"
#include "executor/cuda/kernels/mass_parts.hpp"
#include "executor/cuda/kernels/vectors.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kRowThreads = 512;
constexpr int kThreads = 256;

// Largest score and sum of exp(score - largest), of some of a row's scores.
struct Partition {
  float largest = -INFINITY;
  float sum = 0;
};
__device__ __forceinline__ Partition join(const Partition& a, const Partition& b) {
  const float largest = fmaxf(a.largest, b.largest);
  if (!(largest > -INFINITY)) {
    return a;
  }
  return {largest, __fmaf_rn(a.sum, expf(__fsub_rn(a.largest, largest)),
                             __fmul_rn(b.sum, expf(__fsub_rn(b.largest, largest))))};
}

// Scores become probabilities in place. One block per row: grid (count, q_count).
__global__ void __launch_bounds__(kRowThreads) softmax_in_place(SoftmaxRows args) {
  const MassInput& input = args.input;
  const int q = static_cast<int>(blockIdx.y);
  const int head = (args.first_q + q) / (input.q_heads / input.cache.heads);
  const std::int64_t row = blockIdx.x;
  // Keys that the row sees, from the first that takes part.
  const int seen =
      static_cast<int>(args.first_row + row) + 1 +
      (args.own_keys_only ? 0 : input.cache.entries[head] - static_cast<int>(input.rows));
  float* const scores = args.probability + (q * args.count + row) * args.stride;
  const int thread = static_cast<int>(threadIdx.x);
  constexpr int kTogether = 4;  // loads under way per thread
  Partition mine;
  for (int begin = thread; begin < seen; begin += kTogether * kRowThreads) {
    float s[kTogether];
    float largest = mine.largest;
#pragma unroll
    for (int i = 0; i < kTogether; ++i) {
      const int at = begin + i * kRowThreads;
      s[i] = at < seen ? scores[at] : -INFINITY;
      largest = fmaxf(largest, s[i]);
    }
    mine.sum = __fmul_rn(mine.sum, expf(__fsub_rn(mine.largest, largest)));
    mine.largest = largest;
#pragma unroll
    for (int i = 0; i < kTogether; ++i) {
      mine.sum = __fadd_rn(mine.sum, expf(__fsub_rn(s[i], largest)));
    }
  }
  for (int distance = 16; distance > 0; distance /= 2) {
    const Partition other{__shfl_xor_sync(kAllLanes, mine.largest, distance),
                          __shfl_xor_sync(kAllLanes, mine.sum, distance)};
    // The lower lane's comes first, so that both lanes compute the same.
    mine = (thread & distance) == 0 ? join(mine, other) : join(other, mine);
  }
  auto* const warps = reinterpret_cast<Partition*>(shared_memory());
  if (thread % 32 == 0) {
    warps[thread / 32] = mine;
  }
  __syncthreads();
  Partition all = warps[0];
  for (int w = 1; w < kRowThreads / 32; ++w) {
    all = join(all, warps[w]);
  }
  for (std::int64_t at = thread; at < args.stride; at += kRowThreads) {
    scores[at] = at < seen ? __fdiv_rn(expf(__fsub_rn(scores[at], all.largest)), all.sum) : 0.0F;
  }
  if (args.log_sum_exp != nullptr && thread == 0) {
    args.log_sum_exp[q * args.count + row] = __fadd_rn(all.largest, logf(all.sum));
  }
}

// Grid (keys, q_count).
__global__ void __launch_bounds__(kThreads) sum_rows(SumRows args) {
  const std::int64_t key = thread_index();
  if (key >= args.keys) {
    return;
  }
  const std::int64_t q = blockIdx.y;
  const float* const column = args.probability + q * args.count * args.stride + key;
  float sum = 0;
#pragma unroll 8
  for (std::int64_t row = 0; row < args.count; ++row) {
    sum = __fadd_rn(sum, column[row * args.stride]);
  }
  args.raw[q * args.stride + key] = sum;
}

// The steps of sim/core/pooling.cpp. Grid (candidates, storage heads).
__global__ void __launch_bounds__(kThreads) pool_mean(PoolMean args) {
  using Pool = AttentionQuery::Pool;
  const int head = static_cast<int>(blockIdx.y);
  const int size = args.candidates[head];
  const int key = static_cast<int>(thread_index());
  if (key >= size) {
    return;
  }
  const int half = args.pool == Pool::kNone ? 0 : args.kernel / 2;
  const int first = max(0, key - half);
  const int last = min(size - 1, key + half);
  float score = 0;
  for (int i = 0; i < args.group; ++i) {
    const float* const raw = args.raw + (std::int64_t{head} * args.group + i) * args.raw_stride;
    float value = args.pool == Pool::kMax ? -INFINITY : 0.0F;
    if (args.pool == Pool::kMax) {
      for (int tap = first; tap <= last; ++tap) {
        value = value < raw[tap] ? raw[tap] : value;
      }
    } else {
      for (int tap = first; tap <= last; ++tap) {
        value = __fadd_rn(value, raw[tap]);
      }
    }
    if (args.pool == Pool::kAverage) {
      value = __fdiv_rn(value, static_cast<float>(args.kernel));
    }
    score = __fadd_rn(score, value);
  }
  if (args.group > 1) {
    score = __fdiv_rn(score, static_cast<float>(args.group));
  }
  args.score[head * args.score_stride + key] = score;
}

struct NormsArgs {
  KeyNorms norms;
  int lanes;  // per key: a power of two, enough for the 16-byte pieces of a key, at most 32
};

constexpr int kNormKeys = 4;  // keys that a lane has under way

// Grid (keys, storage heads); a block has kThreads / lanes * kNormKeys keys.
template <class T>
__global__ void __launch_bounds__(kThreads) key_norms(NormsArgs args) {
  constexpr int kScalars = kPerPiece<T>;
  const LayerPages& cache = args.norms.cache;
  const int head = static_cast<int>(blockIdx.y);
  const int entries = cache.entries[head];
  const auto last = static_cast<int>(min(args.norms.last, std::int64_t{entries}));
  const int begin = last < 0 ? 0 : entries - last;
  const int lane = static_cast<int>(threadIdx.x) % args.lanes;
  const int mine = static_cast<int>(threadIdx.x) / args.lanes;
  const int together = kThreads / args.lanes;
  const int first = begin + static_cast<int>(blockIdx.x) * together * kNormKeys + mine;
  float sum[kNormKeys] = {};
  for (int piece = lane; piece < cache.head_dim / kScalars; piece += args.lanes) {
    uint4 bits[kNormKeys];
#pragma unroll
    for (int k = 0; k < kNormKeys; ++k) {
      const int key = first + k * together;
      bits[k] = key < entries ? load_once(key_of<T>(cache, head, key) + piece * 16)
                              : make_uint4(0, 0, 0, 0);
    }
#pragma unroll
    for (int k = 0; k < kNormKeys; ++k) {
      float x[kScalars];
      unpack<T>(bits[k], x);
#pragma unroll
      for (int i = 0; i < kScalars; ++i) {
        sum[k] = __fmaf_rn(x[i], x[i], sum[k]);
      }
    }
  }
#pragma unroll
  for (int k = 0; k < kNormKeys; ++k) {
    for (int distance = args.lanes / 2; distance > 0; distance /= 2) {
      sum[k] = __fadd_rn(sum[k], __shfl_xor_sync(kAllLanes, sum[k], distance));
    }
    const int key = first + k * together;
    if (lane == 0 && key < entries) {
      args.norms.norms[head * args.norms.stride + key - begin] = __fsqrt_rn(sum[k]);
    }
  }
}

}  // namespace

void launch_softmax_rows(const SoftmaxRows& args, Stream stream) {
  if (args.count <= 0 || args.q_count <= 0) {
    return;
  }
  if (has_matrix_kernels(args.input.cache)) {
    launch_scores_matrix(args, stream);
  } else {
    launch_scores_plain(args, stream);
  }
  const Extent grid{static_cast<std::uint32_t>(args.count),
                    static_cast<std::uint32_t>(args.q_count)};
  KVFOOT_LAUNCH(softmax_in_place, grid, {kRowThreads}, kRowThreads / 32 * sizeof(Partition), stream,
                args);
}

void launch_sum_rows(const SumRows& args, Stream stream) {
  if (args.keys <= 0 || args.q_count <= 0) {
    return;
  }
  const Extent grid{blocks_for(args.keys, kThreads), static_cast<std::uint32_t>(args.q_count)};
  KVFOOT_LAUNCH(sum_rows, grid, {kThreads}, 0, stream, args);
}

void launch_pool_mean(const PoolMean& args, Stream stream) {
  if (args.longest <= 0 || args.storage_heads <= 0) {
    return;
  }
  const Extent grid{blocks_for(args.longest, kThreads),
                    static_cast<std::uint32_t>(args.storage_heads)};
  KVFOOT_LAUNCH(pool_mean, grid, {kThreads}, 0, stream, args);
}

void launch_accumulate_mass(const AccumulateMass& args, Stream stream) {
  if (args.input.longest <= 0) {
    return;
  }
  if (has_matrix_kernels(args.input.cache)) {
    launch_accumulate_matrix(args, stream);
  } else {
    launch_accumulate_plain(args, stream);
  }
}

void launch_key_norms(const KeyNorms& args, Stream stream) {
  if (args.longest <= 0) {
    return;
  }
  with_scalar(args.cache.type, [&](auto scalar) {
    using T = decltype(scalar);
    int lanes = 1;
    while (lanes < 32 && lanes * kPerPiece<T> < args.cache.head_dim) {
      lanes *= 2;
    }
    const Extent grid{blocks_for(args.longest, kThreads / lanes * kNormKeys),
                      static_cast<std::uint32_t>(args.cache.heads)};
    KVFOOT_LAUNCH(key_norms<T>, grid, {kThreads}, 0, stream, NormsArgs{args, lanes});
  });
}

}  // namespace kvfoot::cuda
