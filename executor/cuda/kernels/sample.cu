// Temperature, top-k and top-p on the device: sort, masses with their running sums, pick.
#include <algorithm>

#include "executor/cuda/kernels/logit_sort.hpp"
#include "executor/cuda/kernels/sampling.hpp"
#include "executor/cuda/kernels/sampling_keys.hpp"
#include "executor/cuda/kernels/vectors.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = kSortThreads;
constexpr int kWarps = kThreads / 32;
constexpr int kTile = kSortTile;
constexpr int kThreadKeys = kTile / kThreads;

// What launches hand to each other, cut out of the scratch.
struct Sampling {
  SampleArgs args;
  LogitSort sort;
  double* sums;             // (vocab): of masses, from the beginning of the tile, this one included
  double* totals;           // (tiles)
  std::int64_t candidates;  // that top-k leaves
};

// exp((logit - largest) / temperature) of the sorted candidates, and the sums from the beginning of
// the tile. A group's base is the sum over everything before it at each level (thread, warp, tile),
// so sums never decrease from one candidate to the next.
__global__ void __launch_bounds__(kThreads) mass_kernel(Sampling sampling) {
  auto* of_thread = reinterpret_cast<double*>(shared_memory());  // (kThreads): base in the warp
  double* of_warp = of_thread + kThreads;                        // (kWarps)
  const std::uint32_t* keys = sampling.sort.keys[0];
  const double largest = static_cast<double>(logit_of(~keys[0]));
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kTile +
                             static_cast<std::int64_t>(threadIdx.x) * kThreadKeys;
  double upto[kThreadKeys];
  double sum = 0;
#pragma unroll
  for (int j = 0; j < kThreadKeys; ++j) {
    if (first + j < sampling.candidates) {
      const float logit = logit_of(~keys[first + j]);
      sum += isnan(logit) ? 0.0
                          : exp((static_cast<double>(logit) - largest) / sampling.args.temperature);
    }
    upto[j] = sum;
  }
  of_thread[threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.x % 32 == 0) {
    double base = 0;
    for (std::uint32_t t = threadIdx.x; t < threadIdx.x + 32; ++t) {
      const double own = of_thread[t];
      of_thread[t] = base;
      base += own;
    }
    of_warp[threadIdx.x / 32] = base;
  }
  __syncthreads();
  double base = 0;
  for (std::uint32_t warp = 0; warp < threadIdx.x / 32; ++warp) {
    base += of_warp[warp];
  }
  const double in_warp = of_thread[threadIdx.x];
#pragma unroll
  for (int j = 0; j < kThreadKeys; ++j) {
    if (first + j < sampling.args.vocab) {
      sampling.sums[first + j] = base + (in_warp + upto[j]);
    }
  }
  if (threadIdx.x == kThreads - 1) {
    sampling.totals[blockIdx.x] = base + (in_warp + upto[kThreadKeys - 1]);
  }
}

// The smallest i below `count` with bound(i), `count` if there is none; bound never becomes false
// again.
template <class Bound>
__device__ __forceinline__ std::int64_t first_with(std::int64_t count, Bound&& bound) {
  std::int64_t low = 0;
  std::int64_t high = count;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (bound(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

__global__ void __launch_bounds__(kThreads) pick_kernel(Sampling sampling) {
  auto* base = reinterpret_cast<double*>(shared_memory());  // (tiles)
  const std::int64_t tiles = (sampling.candidates + kTile - 1) / kTile;
  for (std::int64_t tile = threadIdx.x; tile < tiles; tile += kThreads) {
    base[tile] = sampling.totals[tile];
  }
  __syncthreads();
  if (threadIdx.x != 0) {
    return;
  }
  const std::int32_t* ids = sampling.sort.ids[0];
  const float largest = logit_of(~sampling.sort.keys[0][0]);
  // Infinite or missing logits leave no distribution to draw from.
  if (!isfinite(largest) || sampling.args.temperature == 0) {
    *sampling.args.token = ids[0];
    return;
  }
  double before = 0;
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    const double own = base[tile];
    base[tile] = before;
    before += own;
  }
  const auto sum_upto = [&](std::int64_t i) { return base[i / kTile] + sampling.sums[i]; };
  const double wanted = sampling.args.top_p * sum_upto(sampling.candidates - 1);
  std::int64_t last =
      first_with(sampling.candidates, [&](std::int64_t i) { return sum_upto(i) >= wanted; });
  last = last < sampling.candidates ? last : sampling.candidates - 1;
  const double target = sampling.args.uniform * sum_upto(last);
  *sampling.args.token =
      ids[first_with(last, [&](std::int64_t i) { return target < sum_upto(i); })];
}

// Cuts the scratch; returns the bytes that it takes.
std::size_t cut_scratch(Sampling& sampling) {
  const auto vocab = static_cast<std::size_t>(sampling.args.vocab);
  const auto tiles = static_cast<std::size_t>(sampling.sort.tiles);
  auto* scratch = static_cast<std::byte*>(sampling.args.scratch);
  std::size_t used = 0;
  const auto cut = [&](auto*& part, std::size_t count) {
    using Element = std::remove_reference_t<decltype(*part)>;
    part = reinterpret_cast<Element*>(scratch == nullptr ? nullptr : scratch + used);
    used += count * sizeof(Element);
  };
  cut(sampling.sums, vocab);
  cut(sampling.totals, tiles);
  cut(sampling.sort.keys[0], vocab);
  cut(sampling.sort.keys[1], vocab);
  cut(sampling.sort.ids[0], vocab);
  cut(sampling.sort.ids[1], vocab);
  cut(sampling.sort.counts, kSortDigits * tiles);
  return used;
}

Sampling sampling_of(const SampleArgs& args) {
  Sampling sampling{};
  sampling.args = args;
  sampling.sort.logits = args.logits;
  sampling.sort.vocab = args.vocab;
  sampling.sort.tiles = (args.vocab + kTile - 1) / kTile;
  sampling.candidates =
      args.top_k > 0 ? std::min<std::int64_t>(args.top_k, args.vocab) : args.vocab;
  return sampling;
}

}  // namespace

std::size_t sample_scratch_bytes(std::int64_t vocab) {
  SampleArgs args;
  args.vocab = vocab;
  Sampling sampling = sampling_of(args);
  return cut_scratch(sampling);
}

void launch_sample(const SampleArgs& args, Stream stream) {
  Sampling sampling = sampling_of(args);
  cut_scratch(sampling);
  launch_logit_sort(sampling.sort, stream);
  const Extent block{kThreads};
  const Extent tiles{blocks_for(sampling.candidates, kTile)};
  KVFOOT_LAUNCH(mass_kernel, tiles, block, (kThreads + kWarps) * sizeof(double), stream, sampling);
  KVFOOT_LAUNCH(pick_kernel, Extent{1}, block, tiles.x * sizeof(double), stream, sampling);
}

}  // namespace kvfoot::cuda
