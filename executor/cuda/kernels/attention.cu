// Which attention kernel runs, and how the pieces of a row are joined.
#include <algorithm>
#include <cmath>

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/decode_pieces.hpp"
#include "executor/cuda/kernels/vectors.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::int32_t kLargestGroup = 256;

// The kernel for warpgroups passes the tests of the others on the emulated card, but has not been
// timed, nor run, on a real one: until then the kernel that every card runs is taken.
constexpr bool kPreferWarpgroups = false;

bool takes_warpgroups(const LayerPages& cache) {
#if defined(__CUDACC__)
  int device = 0;
  int major = 0;
  int minor = 0;
  return kPreferWarpgroups && cudaGetDevice(&device) == cudaSuccess &&
         cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
         cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device) == cudaSuccess &&
         has_warpgroup_kernels(cache, major, minor);
#else
  return kPreferWarpgroups && has_warpgroup_kernels(cache, 9, 0);
#endif
}

constexpr int kJoinThreads = 256;
constexpr int kJoinPieces = 32;  // held in shared memory at a time

std::size_t join_bytes(std::int32_t head_dim) {
  return static_cast<std::size_t>(kJoinPieces * (head_dim + 2) + kJoinThreads / 32) * sizeof(float);
}

// Joins the pieces of one row and query head in ascending order. Few bytes, so that waiting for
// memory is what costs: the pieces are fetched side by side and added from shared memory. Grid
// (rows * q_heads).
__global__ void __launch_bounds__(kJoinThreads) join_pieces(DecodeAttention args) {
  const AttentionArgs& attention = args.attention;
  const Partials partials(args);
  const int dim = attention.cache.head_dim;
  const int thread = static_cast<int>(threadIdx.x);
  const std::int64_t first = std::int64_t{blockIdx.x} * args.splits;
  auto* const values = reinterpret_cast<float*>(shared_memory());  // (kJoinPieces, dim)
  float* const keep = values + kJoinPieces * dim;                  // (kJoinPieces)
  float* const weights = keep + kJoinPieces;                       // (kJoinPieces)
  float* const warps = weights + kJoinPieces;

  float largest = -INFINITY;
  for (int s = thread; s < args.splits; s += kJoinThreads) {
    largest = fmaxf(largest, partials.largest[first + s]);
  }
  largest = warp_max(largest);
  if (thread % 32 == 0) {
    warps[thread / 32] = largest;
  }
  __syncthreads();
#pragma unroll
  for (int w = 0; w < kJoinThreads / 32; ++w) {
    largest = fmaxf(largest, warps[w]);
  }
  float sum = 0;
  float value = 0;
  for (int begin = 0; begin < args.splits; begin += kJoinPieces) {
    const int count = min(kJoinPieces, args.splits - begin);
    const float* const from = partials.values + (first + begin) * dim;
#pragma unroll 4
    for (int i = thread * 4; i < count * dim; i += kJoinThreads * 4) {
      store_16(values + i, load_16(from + i));
    }
    if (thread < count) {
      const float weight = partials.sum[first + begin + thread];
      weights[thread] = weight;
      keep[thread] =
          weight > 0 ? exp2f(__fsub_rn(partials.largest[first + begin + thread], largest)) : 0.0F;
    }
    __syncthreads();
    if (thread < dim) {
      for (int s = 0; s < count; ++s) {
        if (weights[s] > 0) {  // the values of an empty piece are undefined
          sum = __fmaf_rn(keep[s], weights[s], sum);
          value = __fmaf_rn(keep[s], values[s * dim + thread], value);
        }
      }
    }
    __syncthreads();
  }
  if (thread < dim) {
    store_as(attention.out_type, attention.out, std::int64_t{blockIdx.x} * dim + thread,
             __fdiv_rn(value, sum));
  }
  if (attention.log_sum_exp != nullptr && thread == 0) {
    const std::int64_t row = blockIdx.x / static_cast<std::uint32_t>(attention.q_heads);
    const std::int64_t q = blockIdx.x - row * attention.q_heads;
    attention.log_sum_exp[q * attention.rows + row] = __fmaf_rn(largest, kLn2, logf(sum));
  }
}

void launch_join(const DecodeAttention& args, Stream stream) {
  const AttentionArgs& attention = args.attention;
  KVFOOT_LAUNCH(join_pieces, {static_cast<std::uint32_t>(attention.rows * attention.q_heads)},
                {kJoinThreads}, join_bytes(attention.cache.head_dim), stream, args);
}

}  // namespace

const char* attention_unsupported(std::int32_t head_dim, std::int32_t group) {
  if (head_dim < 8 || head_dim > 256 || head_dim % 8 != 0) {
    return "the CUDA kernels need a head dimension that is a multiple of 8, at most 256";
  }
  if (group < 1 || group > kLargestGroup) {
    return "the CUDA kernels need 1 to 256 query heads per KV head";
  }
  return nullptr;
}

std::int64_t attention_shared_bytes(std::int32_t head_dim) {
  // Up to 176 everything fits into what every card from compute capability 8.0 on has.
  return head_dim <= 176 ? 99 * 1024 : 142 * 1024;
}

void launch_prefill_attention(const AttentionArgs& args, Stream stream) {
  if (args.rows <= 0) {
    return;
  }
  if (takes_warpgroups(args.cache)) {
    launch_prefill_warpgroups(args, stream);
  } else if (has_matrix_kernels(args.cache)) {
    launch_prefill_matrix(args, stream);
  } else {
    launch_prefill_plain(args, stream);
  }
}

std::int32_t decode_splits(std::int64_t longest, std::int32_t storage_heads,
                           std::int32_t multiprocessors) {
  // One wave of two blocks per multiprocessor; a piece shorter than two rounds of a block's warps
  // is not worth its join.
  constexpr std::int64_t kBlocksPerMultiprocessor = 2;
  constexpr std::int64_t kShortest = 128;
  const std::int64_t fill = kBlocksPerMultiprocessor * multiprocessors / storage_heads;
  const std::int64_t useful = (longest + kShortest - 1) / kShortest;
  return static_cast<std::int32_t>(std::max<std::int64_t>(1, std::min(fill, useful)));
}

std::int64_t decode_partial_floats(std::int32_t q_heads, std::int32_t head_dim,
                                   std::int32_t splits) {
  return std::int64_t{q_heads} * splits * (head_dim + 2);
}

void launch_decode_attention(const DecodeAttention& args, Stream stream) {
  if (has_matrix_kernels(args.attention.cache)) {
    launch_decode_matrix(args, stream);
  } else {
    launch_decode_plain(args, stream);
  }
  launch_join(args, stream);
}

std::int32_t prefill_splits(const LayerPages& cache, std::int64_t rows, std::int32_t q_heads,
                            std::int64_t longest, std::int32_t multiprocessors) {
  // As for decode; a piece shorter than eight tiles is not worth its queries and its join.
  constexpr std::int64_t kBlocksPerMultiprocessor = 2;
  constexpr std::int64_t kShortest = 512;
  if (!has_matrix_kernels(cache) || takes_warpgroups(cache)) {
    return 1;
  }
  const std::int64_t pairs = rows * (q_heads / cache.heads);
  const std::int64_t blocks = (pairs + kSplitRows - 1) / kSplitRows * cache.heads;
  const std::int64_t fill =
      kBlocksPerMultiprocessor * multiprocessors / std::max<std::int64_t>(1, blocks);
  return static_cast<std::int32_t>(std::max<std::int64_t>(1, std::min(fill, longest / kShortest)));
}

void launch_split_prefill(const DecodeAttention& args, Stream stream) {
  if (args.attention.rows > 0) {
    launch_split_prefill_matrix(args, stream);
    launch_join(args, stream);
  }
}

}  // namespace kvfoot::cuda
