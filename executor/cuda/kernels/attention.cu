// Which attention kernel runs, and how the pieces of a decoded row are joined.
#include <algorithm>
#include <cmath>

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/decode_pieces.hpp"

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

// Joins the pieces of one query head in ascending order. Grid (q_heads); a thread owns two
// neighbours of the head dimension.
__global__ void join_pieces(DecodeAttention args) {
  const AttentionArgs& attention = args.attention;
  const Partials partials(args);
  const int dim = attention.cache.head_dim;
  const std::int64_t first = std::int64_t{blockIdx.x} * args.splits;
  float largest = -INFINITY;
  for (int s = 0; s < args.splits; ++s) {
    largest = fmaxf(largest, partials.largest[first + s]);
  }
  const int d = static_cast<int>(threadIdx.x) * 2;
  float sum = 0;
  float left = 0;
  float right = 0;
#pragma unroll 4
  for (int s = 0; s < args.splits; ++s) {
    const float weights = partials.sum[first + s];
    if (weights > 0) {
      const float keep = exp2f(__fsub_rn(partials.largest[first + s], largest));
      const float2 value =
          *reinterpret_cast<const float2*>(partials.values + (first + s) * dim + d);
      sum = __fmaf_rn(keep, weights, sum);
      left = __fmaf_rn(keep, value.x, left);
      right = __fmaf_rn(keep, value.y, right);
    }
  }
  store_pair(attention.out, attention.out_type, std::int64_t{blockIdx.x} * dim + d,
             __fdiv_rn(left, sum), __fdiv_rn(right, sum));
  if (attention.log_sum_exp != nullptr && d == 0) {
    attention.log_sum_exp[blockIdx.x] = __fmaf_rn(largest, kLn2, logf(sum));
  }
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
  KVFOOT_LAUNCH(join_pieces, {static_cast<std::uint32_t>(args.attention.q_heads)},
                {static_cast<std::uint32_t>(args.attention.cache.head_dim) / 2}, 0, stream, args);
}

}  // namespace kvfoot::cuda
