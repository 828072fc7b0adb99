// The largest logit in two steps: blocks, then what they found. An integer maximum does not depend
// on the order.
#include <algorithm>

#include "executor/cuda/kernels/sampling.hpp"
#include "executor/cuda/kernels/sampling_keys.hpp"
#include "executor/cuda/kernels/vectors.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kMostBlocks = kThreads;  // what one block can join
constexpr int kThreadLogits = 4;

struct ArgmaxStep {
  ArgmaxArgs args;
  std::int32_t blocks = 0;
};

// The maximum over the block; valid in thread 0.
__device__ __forceinline__ std::uint64_t block_max(std::uint64_t best) {
  auto* of_warp = reinterpret_cast<std::uint64_t*>(shared_memory());
  for (int distance = 16; distance > 0; distance /= 2) {
    const std::uint64_t other = __shfl_xor_sync(kAllLanes, best, distance);
    best = other > best ? other : best;
  }
  if (threadIdx.x % 32 == 0) {
    of_warp[threadIdx.x / 32] = best;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int warp = 1; warp < kWarps; ++warp) {
      best = of_warp[warp] > best ? of_warp[warp] : best;
    }
  }
  return best;
}

// Larger logit first, then lower id.
__global__ void __launch_bounds__(kThreads) argmax_blocks_kernel(ArgmaxStep step) {
  std::uint64_t best = 0;
#pragma unroll 4
  for (std::int64_t i = thread_index(); i < step.args.vocab;
       i += static_cast<std::int64_t>(gridDim.x) * kThreads) {
    const std::uint64_t key = static_cast<std::uint64_t>(rank_of(step.args.logits[i])) << 32 |
                              (0xffffffffU - static_cast<std::uint32_t>(i));
    best = key > best ? key : best;
  }
  best = block_max(best);
  if (threadIdx.x == 0) {
    static_cast<std::uint64_t*>(step.args.scratch)[blockIdx.x] = best;
  }
}

__global__ void __launch_bounds__(kThreads) argmax_join_kernel(ArgmaxStep step) {
  const auto* found = static_cast<const std::uint64_t*>(step.args.scratch);
  const auto thread = static_cast<std::int32_t>(threadIdx.x);
  const std::uint64_t best = block_max(thread < step.blocks ? found[thread] : 0);
  if (thread == 0) {
    *step.args.token = static_cast<std::int32_t>(0xffffffffU - static_cast<std::uint32_t>(best));
  }
}

}  // namespace

std::size_t argmax_scratch_bytes(std::int64_t) { return kMostBlocks * sizeof(std::uint64_t); }

void launch_argmax(const ArgmaxArgs& args, Stream stream) {
  const std::uint32_t wanted = blocks_for(args.vocab, kThreads * kThreadLogits);
  const std::uint32_t blocks = std::clamp<std::uint32_t>(wanted, 1, kMostBlocks);
  const ArgmaxStep step{args, static_cast<std::int32_t>(blocks)};
  constexpr std::size_t kBytes = kWarps * sizeof(std::uint64_t);
  KVFOOT_LAUNCH(argmax_blocks_kernel, Extent{blocks}, Extent{kThreads}, kBytes, stream, step);
  KVFOOT_LAUNCH(argmax_join_kernel, Extent{1}, Extent{kThreads}, kBytes, stream, step);
}

}  // namespace kvfoot::cuda
