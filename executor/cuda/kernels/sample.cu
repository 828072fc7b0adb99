// Temperature, top-k and top-p on the device: sort, masses with their running sums, pick.
//
// The sort is a radix sort by bytes of the logits' 32-bit ranks, least significant first, each pass
// stable (so equal logits stay in the order of their ids): counts per tile, a scan of the counts, a
// scatter. 128K logits are 1 MB of keys and ids, so the 15 launches cost their latency, some
// microseconds each, and not bytes.
#include <algorithm>

#include "executor/cuda/kernels/sampling.hpp"
#include "executor/cuda/kernels/sampling_keys.hpp"
#include "executor/cuda/kernels/vectors.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kThreadKeys = 4;
constexpr int kTile = kThreads * kThreadKeys;
constexpr int kDigits = 256;  // one per thread
constexpr int kScanThreads = 1024;
static_assert(kDigits == kThreads);

// What launches hand to each other, cut out of the scratch. Keys ascend as logits descend: they are
// the complements of the ranks.
struct Sorting {
  SampleArgs args;
  std::uint32_t* keys[2];  // (vocab)
  std::int32_t* ids[2];    // (vocab)
  std::uint32_t* counts;   // (kDigits, tiles)
  double* sums;            // (vocab): of masses, from the beginning of the tile, this one included
  double* totals;          // (tiles)
  std::int64_t tiles;
  std::int64_t candidates;  // that top-k leaves
  std::int32_t pass;        // byte of the key; reads keys[pass % 2]
};

__device__ __forceinline__ std::uint32_t digit_of(std::uint32_t key, std::int32_t pass) {
  return key >> (8 * pass) & 0xffU;
}

__global__ void __launch_bounds__(kThreads) keys_kernel(Sorting sorting) {
  const std::int64_t i = thread_index();
  if (i < sorting.args.vocab) {
    sorting.keys[0][i] = ~rank_of(sorting.args.logits[i]);
    sorting.ids[0][i] = static_cast<std::int32_t>(i);
  }
}

// How often each digit occurs in a tile.
__global__ void __launch_bounds__(kThreads) count_kernel(Sorting sorting) {
  auto* count = reinterpret_cast<std::uint32_t*>(shared_memory());  // (kDigits)
  const std::uint32_t* keys = sorting.keys[sorting.pass % 2];
  count[threadIdx.x] = 0;
  __syncthreads();
#pragma unroll
  for (int j = 0; j < kThreadKeys; ++j) {
    const std::int64_t i =
        static_cast<std::int64_t>(blockIdx.x) * kTile + j * kThreads + threadIdx.x;
    if (i < sorting.args.vocab) {
      atomicAdd(&count[digit_of(keys[i], sorting.pass)], 1U);
    }
  }
  __syncthreads();
  sorting.counts[threadIdx.x * sorting.tiles + blockIdx.x] = count[threadIdx.x];
}

// Exclusive sums of all counts in place: where a tile's keys of a digit go. One block; every thread
// has a piece.
__global__ void __launch_bounds__(kScanThreads) scan_kernel(Sorting sorting) {
  auto* warp_sums = reinterpret_cast<std::uint32_t*>(shared_memory());  // (32)
  const std::int64_t count = kDigits * sorting.tiles;
  const std::int64_t piece = (count + kScanThreads - 1) / kScanThreads;
  const std::int64_t begin = threadIdx.x * piece;
  const std::int64_t end = begin + piece < count ? begin + piece : count;
  std::uint32_t own = 0;
  for (std::int64_t i = begin; i < end; ++i) {
    own += sorting.counts[i];
  }
  const std::uint32_t lane = threadIdx.x % 32;
  std::uint32_t upto = own;  // of the warp's lanes, this one included
  for (std::uint32_t distance = 1; distance < 32; distance *= 2) {
    const std::uint32_t below = __shfl_up_sync(kAllLanes, upto, distance);
    upto += lane >= distance ? below : 0;
  }
  if (lane == 31) {
    warp_sums[threadIdx.x / 32] = upto;
  }
  __syncthreads();
  std::uint32_t base = upto - own;
  for (std::uint32_t warp = 0; warp < threadIdx.x / 32; ++warp) {
    base += warp_sums[warp];
  }
  for (std::int64_t i = begin; i < end; ++i) {
    const std::uint32_t here = sorting.counts[i];
    sorting.counts[i] = base;
    base += here;
  }
}

// Every warp ranks its part of the tile, 32 keys at a time: a key comes after the keys of its digit
// in earlier tiles, warps, rounds and lanes.
__global__ void __launch_bounds__(kThreads) scatter_kernel(Sorting sorting) {
  auto* places = reinterpret_cast<std::uint32_t*>(shared_memory());  // (kWarps, kDigits)
  const std::uint32_t lane = threadIdx.x % 32;
  std::uint32_t* place = places + threadIdx.x / 32 * kDigits;
  const int from = sorting.pass % 2;
#pragma unroll
  for (int warp = 0; warp < kWarps; ++warp) {
    places[warp * kDigits + threadIdx.x] = 0;
  }
  __syncthreads();
  const std::int64_t first =
      static_cast<std::int64_t>(blockIdx.x) * kTile + threadIdx.x / 32 * (kTile / kWarps) + lane;
  std::uint32_t key[kThreadKeys];
  std::int32_t id[kThreadKeys];
  std::uint32_t rank[kThreadKeys];
#pragma unroll
  for (int j = 0; j < kThreadKeys; ++j) {
    const std::int64_t i = first + j * 32;
    const bool valid = i < sorting.args.vocab;
    key[j] = valid ? sorting.keys[from][i] : 0;
    id[j] = valid ? sorting.ids[from][i] : -1;
    const std::uint32_t digit = digit_of(key[j], sorting.pass);
    const std::uint32_t peers = __match_any_sync(kAllLanes, valid ? digit : kDigits);
    const std::uint32_t below = peers & ((1U << lane) - 1);
    rank[j] = valid ? place[digit] + static_cast<std::uint32_t>(__popc(below)) : 0;
    __syncwarp();
    if (valid && below == 0) {
      place[digit] += static_cast<std::uint32_t>(__popc(peers));
    }
    __syncwarp();
  }
  __syncthreads();
  std::uint32_t next = sorting.counts[threadIdx.x * sorting.tiles + blockIdx.x];
#pragma unroll
  for (int warp = 0; warp < kWarps; ++warp) {
    const std::uint32_t here = places[warp * kDigits + threadIdx.x];
    places[warp * kDigits + threadIdx.x] = next;
    next += here;
  }
  __syncthreads();
#pragma unroll
  for (int j = 0; j < kThreadKeys; ++j) {
    if (id[j] >= 0) {
      const std::uint32_t to = place[digit_of(key[j], sorting.pass)] + rank[j];
      sorting.keys[1 - from][to] = key[j];
      sorting.ids[1 - from][to] = id[j];
    }
  }
}

// exp((logit - largest) / temperature) of the sorted candidates, and the sums from the beginning of
// the tile. A group's base is the sum over everything before it at each level (thread, warp, tile),
// so sums never decrease from one candidate to the next.
__global__ void __launch_bounds__(kThreads) mass_kernel(Sorting sorting) {
  auto* of_thread = reinterpret_cast<double*>(shared_memory());  // (kThreads): base in the warp
  double* of_warp = of_thread + kThreads;                        // (kWarps)
  const std::uint32_t* keys = sorting.keys[0];
  const double largest = static_cast<double>(logit_of(~keys[0]));
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kTile +
                             static_cast<std::int64_t>(threadIdx.x) * kThreadKeys;
  double upto[kThreadKeys];
  double sum = 0;
#pragma unroll
  for (int j = 0; j < kThreadKeys; ++j) {
    if (first + j < sorting.candidates) {
      const float logit = logit_of(~keys[first + j]);
      sum += isnan(logit) ? 0.0
                          : exp((static_cast<double>(logit) - largest) / sorting.args.temperature);
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
    if (first + j < sorting.args.vocab) {
      sorting.sums[first + j] = base + (in_warp + upto[j]);
    }
  }
  if (threadIdx.x == kThreads - 1) {
    sorting.totals[blockIdx.x] = base + (in_warp + upto[kThreadKeys - 1]);
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

__global__ void __launch_bounds__(kThreads) pick_kernel(Sorting sorting) {
  auto* base = reinterpret_cast<double*>(shared_memory());  // (tiles)
  const std::int64_t tiles = (sorting.candidates + kTile - 1) / kTile;
  for (std::int64_t tile = threadIdx.x; tile < tiles; tile += kThreads) {
    base[tile] = sorting.totals[tile];
  }
  __syncthreads();
  if (threadIdx.x != 0) {
    return;
  }
  const std::int32_t* ids = sorting.ids[0];
  const float largest = logit_of(~sorting.keys[0][0]);
  // Infinite or missing logits leave no distribution to draw from.
  if (!isfinite(largest) || sorting.args.temperature == 0) {
    *sorting.args.token = ids[0];
    return;
  }
  double before = 0;
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    const double own = base[tile];
    base[tile] = before;
    before += own;
  }
  const auto sum_upto = [&](std::int64_t i) { return base[i / kTile] + sorting.sums[i]; };
  const double wanted = sorting.args.top_p * sum_upto(sorting.candidates - 1);
  std::int64_t last =
      first_with(sorting.candidates, [&](std::int64_t i) { return sum_upto(i) >= wanted; });
  last = last < sorting.candidates ? last : sorting.candidates - 1;
  const double target = sorting.args.uniform * sum_upto(last);
  *sorting.args.token = ids[first_with(last, [&](std::int64_t i) { return target < sum_upto(i); })];
}

// Cuts the scratch; returns the bytes that it takes.
std::size_t cut_scratch(Sorting& sorting) {
  const auto vocab = static_cast<std::size_t>(sorting.args.vocab);
  const auto tiles = static_cast<std::size_t>(sorting.tiles);
  auto* scratch = static_cast<std::byte*>(sorting.args.scratch);
  std::size_t used = 0;
  const auto cut = [&](auto*& part, std::size_t count) {
    using Element = std::remove_reference_t<decltype(*part)>;
    part = reinterpret_cast<Element*>(scratch == nullptr ? nullptr : scratch + used);
    used += count * sizeof(Element);
  };
  cut(sorting.sums, vocab);
  cut(sorting.totals, tiles);
  cut(sorting.keys[0], vocab);
  cut(sorting.keys[1], vocab);
  cut(sorting.ids[0], vocab);
  cut(sorting.ids[1], vocab);
  cut(sorting.counts, kDigits * tiles);
  return used;
}

Sorting sorting_of(const SampleArgs& args) {
  Sorting sorting{};
  sorting.args = args;
  sorting.tiles = (args.vocab + kTile - 1) / kTile;
  sorting.candidates = args.top_k > 0 ? std::min<std::int64_t>(args.top_k, args.vocab) : args.vocab;
  return sorting;
}

}  // namespace

std::size_t sample_scratch_bytes(std::int64_t vocab) {
  SampleArgs args;
  args.vocab = vocab;
  Sorting sorting = sorting_of(args);
  return cut_scratch(sorting);
}

void launch_sample(const SampleArgs& args, Stream stream) {
  Sorting sorting = sorting_of(args);
  cut_scratch(sorting);
  const Extent tiles{static_cast<std::uint32_t>(sorting.tiles)};
  const Extent block{kThreads};
  KVFOOT_LAUNCH(keys_kernel, Extent{blocks_for(args.vocab, kThreads)}, block, 0, stream, sorting);
  for (sorting.pass = 0; sorting.pass < 4; ++sorting.pass) {
    KVFOOT_LAUNCH(count_kernel, tiles, block, kDigits * sizeof(std::uint32_t), stream, sorting);
    KVFOOT_LAUNCH(scan_kernel, Extent{1}, Extent{kScanThreads}, 32 * sizeof(std::uint32_t), stream,
                  sorting);
    KVFOOT_LAUNCH(scatter_kernel, tiles, block, kWarps * kDigits * sizeof(std::uint32_t), stream,
                  sorting);
  }
  const Extent mass_tiles{blocks_for(sorting.candidates, kTile)};
  KVFOOT_LAUNCH(mass_kernel, mass_tiles, block, (kThreads + kWarps) * sizeof(double), stream,
                sorting);
  KVFOOT_LAUNCH(pick_kernel, Extent{1}, block, mass_tiles.x * sizeof(double), stream, sorting);
}

}  // namespace kvfoot::cuda
