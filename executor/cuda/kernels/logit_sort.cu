// A radix sort by bytes of the logits' 32-bit ranks, least significant first, each pass stable (so
// equal logits stay in the order of their ids): counts per tile, a scan of the counts, a scatter.
// 128K logits are 1 MB of keys and ids, so the 13 launches cost their latency, not bytes.
#include "executor/cuda/kernels/logit_sort.hpp"

#include <utility>

#include "executor/cuda/kernels/sampling_keys.hpp"
#include "executor/cuda/kernels/vectors.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kWarps = kSortThreads / 32;
constexpr int kThreadKeys = kSortTile / kSortThreads;
constexpr int kScanThreads = 1024;
static_assert(kSortDigits == kSortThreads);  // a thread has a digit

__device__ __forceinline__ std::uint32_t digit_of(std::uint32_t key, std::int32_t pass) {
  return key >> (8 * pass) & 0xffU;
}

__global__ void __launch_bounds__(kSortThreads) keys_kernel(LogitSort sort) {
  const std::int64_t i = thread_index();
  if (i < sort.vocab) {
    sort.keys[0][i] = ~rank_of(sort.logits[i]);
    sort.ids[0][i] = static_cast<std::int32_t>(i);
  }
}

// How often each digit occurs in a tile.
__global__ void __launch_bounds__(kSortThreads) count_kernel(LogitSort sort) {
  auto* count = reinterpret_cast<std::uint32_t*>(shared_memory());  // (kSortDigits)
  const std::uint32_t* keys = sort.keys[0];
  count[threadIdx.x] = 0;
  __syncthreads();
#pragma unroll
  for (int j = 0; j < kThreadKeys; ++j) {
    const std::int64_t i =
        static_cast<std::int64_t>(blockIdx.x) * kSortTile + j * kSortThreads + threadIdx.x;
    if (i < sort.vocab) {
      atomicAdd(&count[digit_of(keys[i], sort.pass)], 1U);
    }
  }
  __syncthreads();
  sort.counts[threadIdx.x * sort.tiles + blockIdx.x] = count[threadIdx.x];
}

// Exclusive sums of all counts in place: where a tile's keys of a digit go. One block; every thread
// has a piece.
__global__ void __launch_bounds__(kScanThreads) scan_kernel(LogitSort sort) {
  auto* warp_sums = reinterpret_cast<std::uint32_t*>(shared_memory());  // (32)
  const std::int64_t count = kSortDigits * sort.tiles;
  const std::int64_t piece = (count + kScanThreads - 1) / kScanThreads;
  const std::int64_t begin = threadIdx.x * piece;
  const std::int64_t end = begin + piece < count ? begin + piece : count;
  std::uint32_t own = 0;
  for (std::int64_t i = begin; i < end; ++i) {
    own += sort.counts[i];
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
    const std::uint32_t here = sort.counts[i];
    sort.counts[i] = base;
    base += here;
  }
}

// Every warp ranks its part of the tile, 32 keys at a time: a key comes after the keys of its digit
// in earlier tiles, warps, rounds and lanes.
__global__ void __launch_bounds__(kSortThreads) scatter_kernel(LogitSort sort) {
  auto* places = reinterpret_cast<std::uint32_t*>(shared_memory());  // (kWarps, kSortDigits)
  const std::uint32_t lane = threadIdx.x % 32;
  std::uint32_t* place = places + threadIdx.x / 32 * kSortDigits;
#pragma unroll
  for (int warp = 0; warp < kWarps; ++warp) {
    places[warp * kSortDigits + threadIdx.x] = 0;
  }
  __syncthreads();
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kSortTile +
                             threadIdx.x / 32 * (kSortTile / kWarps) + lane;
  std::uint32_t key[kThreadKeys];
  std::int32_t id[kThreadKeys];
  std::uint32_t rank[kThreadKeys];
#pragma unroll
  for (int j = 0; j < kThreadKeys; ++j) {
    const std::int64_t i = first + j * 32;
    const bool valid = i < sort.vocab;
    key[j] = valid ? sort.keys[0][i] : 0;
    id[j] = valid ? sort.ids[0][i] : -1;
    const std::uint32_t digit = digit_of(key[j], sort.pass);
    const std::uint32_t peers = __match_any_sync(kAllLanes, valid ? digit : kSortDigits);
    const std::uint32_t below = peers & ((1U << lane) - 1);
    rank[j] = valid ? place[digit] + static_cast<std::uint32_t>(__popc(below)) : 0;
    __syncwarp();
    if (valid && below == 0) {
      place[digit] += static_cast<std::uint32_t>(__popc(peers));
    }
    __syncwarp();
  }
  __syncthreads();
  std::uint32_t next = sort.counts[threadIdx.x * sort.tiles + blockIdx.x];
#pragma unroll
  for (int warp = 0; warp < kWarps; ++warp) {
    const std::uint32_t here = places[warp * kSortDigits + threadIdx.x];
    places[warp * kSortDigits + threadIdx.x] = next;
    next += here;
  }
  __syncthreads();
#pragma unroll
  for (int j = 0; j < kThreadKeys; ++j) {
    if (id[j] >= 0) {
      const std::uint32_t to = place[digit_of(key[j], sort.pass)] + rank[j];
      sort.keys[1][to] = key[j];
      sort.ids[1][to] = id[j];
    }
  }
}

}  // namespace

void launch_logit_sort(LogitSort sort, Stream stream) {
  const Extent tiles{static_cast<std::uint32_t>(sort.tiles)};
  const Extent block{kSortThreads};
  KVFOOT_LAUNCH(keys_kernel, Extent{blocks_for(sort.vocab, kSortThreads)}, block, 0, stream, sort);
  for (sort.pass = 0; sort.pass < 4; ++sort.pass) {
    KVFOOT_LAUNCH(count_kernel, tiles, block, kSortDigits * sizeof(std::uint32_t), stream, sort);
    KVFOOT_LAUNCH(scan_kernel, Extent{1}, Extent{kScanThreads}, 32 * sizeof(std::uint32_t), stream,
                  sort);
    KVFOOT_LAUNCH(scatter_kernel, tiles, block, kWarps * kSortDigits * sizeof(std::uint32_t),
                  stream, sort);
    std::swap(sort.keys[0], sort.keys[1]);
    std::swap(sort.ids[0], sort.ids[1]);
  }
}

}  // namespace kvfoot::cuda
