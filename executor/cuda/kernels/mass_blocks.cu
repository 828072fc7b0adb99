// Which keys of a mean stand out, and sums of rows.
#include "executor/cuda/kernels/mass_blocks.hpp"

#include <algorithm>
#include <cmath>

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/vectors.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;

// --- Entries -------------------------------------------------------------------------------------
// Positive floats are ordered as their bits are. The least entry is found digit by digit from
// counts of digits; a last walk writes what is taken and adds up what is not. The means are read
// two to four times, from the second cache as a rule: one block per mean, many blocks per card.

constexpr int kBins = 2048;
constexpr int kThreadBins = kBins / kThreads;
constexpr int kTileKeys = 4 * kThreads;
constexpr std::uint32_t kNone = 0xffffffffU;

struct Shared {
  std::uint32_t count[kBins];
  std::uint32_t warp[2][kWarps];
  std::uint32_t digit, left;
};

// Digits of 11, 11 and 8 bits of a mass below 2.
struct Digit {
  int shift;
  std::uint32_t mask;
};
__device__ __forceinline__ Digit digit_at(int place) {
  return place == 0 ? Digit{19, 0x7ffU} : place == 1 ? Digit{8, 0x7ffU} : Digit{0, 0xffU};
}

// The thread's four neighbours of a tile as bits; what is no candidate is 0.
struct Four {
  float mean[4];  // 0 beyond the keys
  std::uint32_t bits[4];
};
__device__ __forceinline__ Four load_four(const float* mean, int key, int keys, float least) {
  Four four{};
  if (key < keys) {
    unpack<float>(load_16(mean + key), four.mean);
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    four.mean[i] = key + i < keys ? four.mean[i] : 0.0F;
    const bool candidate = four.mean[i] >= least && four.mean[i] > 0.0F && four.mean[i] < 2.0F;
    four.bits[i] = candidate ? __float_as_uint(four.mean[i]) : 0U;
  }
  return four;
}

// Inclusive sum over the warp's lanes up to this one.
__device__ __forceinline__ std::uint32_t sum_upto(std::uint32_t own, int lane) {
  for (unsigned distance = 1; distance < 32; distance *= 2) {
    const std::uint32_t below = __shfl_up_sync(kAllLanes, own, distance);
    own += lane >= static_cast<int>(distance) ? below : 0U;
  }
  return own;
}

// From counts of digits, the digit of the `most`-th largest and how many of that digit are among
// them; returns the sum of all counts, and changes nothing if that is at most `most`.
__device__ __forceinline__ std::uint32_t find_digit(Shared& shared, std::uint32_t most) {
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;
  const int top = kBins - 1 - thread * kThreadBins;  // largest digits first
  std::uint32_t own = 0;
#pragma unroll
  for (int i = 0; i < kThreadBins; ++i) {
    own += shared.count[top - i];
  }
  const std::uint32_t upto = sum_upto(own, lane);
  if (lane == 31) {
    shared.warp[0][thread / 32] = upto;
  }
  __syncthreads();
  std::uint32_t above = upto - own;
  std::uint32_t total = 0;
  for (int w = 0; w < kWarps; ++w) {
    above += w < thread / 32 ? shared.warp[0][w] : 0U;
    total += shared.warp[0][w];
  }
  if (total > most && above < most && most <= above + own) {
    int digit = top;
    while (above + shared.count[digit] < most) {
      above += shared.count[digit];
      --digit;
    }
    shared.digit = static_cast<std::uint32_t>(digit);
    shared.left = most - above;
  }
  __syncthreads();
  return total;
}

// Grid (query heads, blocks).
__global__ void __launch_bounds__(kThreads) pick_entries(PickEntries args) {
  const MassInput& input = args.means.input;
  const int q = static_cast<int>(blockIdx.x);
  const RowBlock& block = args.means.blocks[blockIdx.y];
  const int head = q / (input.q_heads / input.cache.heads);
  const int keys =
      input.cache.entries[head] - static_cast<int>(input.rows) + block.first_row + block.rows;
  const float* const mean =
      args.means.mean + (std::int64_t{blockIdx.y} * input.q_heads + q) * args.means.stride;
  const float least = block.least_entry;
  const int most = block.most_entries;
  std::int32_t* const key_out = args.keys + block.keys + std::int64_t{q} * (1 + most);
  float* const mass_out = args.values + block.values + std::int64_t{q} * (most + block.rests);
  float* const rest_out = mass_out + most;
  Shared& shared = *reinterpret_cast<Shared*>(shared_memory());
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;

  // The bits of the least entry, and how many of those that are equal to it are taken.
  std::uint32_t threshold = most == 0 ? kNone : 0U;
  std::uint32_t left = most == 0 ? 0U : static_cast<std::uint32_t>(most);
  for (int place = 0; place < 3 && most > 0; ++place) {
    const Digit digit = digit_at(place);
    for (int i = thread; i < kBins; i += kThreads) {
      shared.count[i] = 0;
    }
    __syncthreads();
    for (int key = thread * 4; key < keys; key += kTileKeys) {
      const Four four = load_four(mean, key, keys, least);
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const std::uint32_t higher = digit_at(place - 1).shift;
        if (four.bits[i] != 0 && (place == 0 || four.bits[i] >> higher == threshold >> higher)) {
          atomicAdd(&shared.count[four.bits[i] >> digit.shift & digit.mask], 1U);
        }
      }
    }
    __syncthreads();
    if (find_digit(shared, left) <= left) {
      break;  // all that begin like this
    }
    threshold |= shared.digit << digit.shift;
    left = shared.left;
    __syncthreads();
  }

  std::uint32_t larger = 0;  // so far; equal ones in the upper half of a sum of both
  std::uint32_t equal = 0;
  int parity = 0;
  const int width = args.key_block;
  for (int begin = 0; begin < keys; begin += kTileKeys, parity ^= 1) {
    const int first = begin + thread * 4;
    const Four four = load_four(mean, first, keys, least);
    std::uint32_t own = 0;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      own += four.bits[i] > threshold ? 1U : 0U;
      own += four.bits[i] != 0 && four.bits[i] == threshold ? 0x10000U : 0U;
    }
    const std::uint32_t upto = sum_upto(own, lane);
    if (lane == 31) {
      shared.warp[parity][thread / 32] = upto;
    }
    __syncthreads();
    std::uint32_t before = upto - own;
    std::uint32_t all = 0;
    for (int w = 0; w < kWarps; ++w) {
      before += w < thread / 32 ? shared.warp[parity][w] : 0U;
      all += shared.warp[parity][w];
    }
    std::uint32_t larger_before = larger + (before & 0xffffU);
    std::uint32_t equal_before = equal + (before >> 16);
    float others[4];
    int count = 0;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const bool is_larger = four.bits[i] > threshold;
      const bool is_equal = four.bits[i] != 0 && four.bits[i] == threshold;
      const bool taken = is_larger || (is_equal && equal_before < left);
      if (taken) {
        const std::uint32_t at = larger_before + min(equal_before, left);
        key_out[1 + at] = first + i;
        mass_out[at] = four.mean[i];
      }
      larger_before += is_larger ? 1U : 0U;
      equal_before += is_equal ? 1U : 0U;
      others[i] = taken ? 0.0F : four.mean[i];
      count += !taken && first + i < keys ? 1 : 0;
    }
    larger += all & 0xffffU;
    equal += all >> 16;
    float sum = __fadd_rn(__fadd_rn(others[0], others[1]), __fadd_rn(others[2], others[3]));
    for (int distance = 1; distance < width / 4; distance *= 2) {
      sum = __fadd_rn(sum, __shfl_xor_sync(kAllLanes, sum, distance));
      count += __shfl_xor_sync(kAllLanes, count, distance);
    }
    if (first % width == 0 && first < keys) {
      rest_out[first / width] = count > 0 ? __fdiv_rn(sum, static_cast<float>(count)) : 0.0F;
    }
  }
  if (thread == 0) {
    *key_out = static_cast<std::int32_t>(larger + min(equal, left));
  }
}

// --- Sums of rows --------------------------------------------------------------------------------

__device__ __forceinline__ int first_of(const RowSum& args, int q) {
  const MassInput& input = args.rows.input;
  const int head = (args.rows.first_q + q) / (input.q_heads / input.cache.heads);
  const int past = input.cache.entries[head] - static_cast<int>(input.rows);
  return max(0, past + static_cast<int>(args.first_key));
}
// Keys that row `row` of the call sees.
__device__ __forceinline__ int seen_by(const RowSum& args, int q, int row) {
  const MassInput& input = args.rows.input;
  const int head = (args.rows.first_q + q) / (input.q_heads / input.cache.heads);
  return input.cache.entries[head] - static_cast<int>(input.rows) +
         static_cast<int>(args.rows.first_row) + row + 1;
}

constexpr int kParts = 8;  // interleaved parts of a sum: row_sum of sim/core/pooling.cpp

// Eight lanes per row: grid (rows, q_count).
__global__ void __launch_bounds__(kThreads) row_divisors(RowSum args) {
  const int q = static_cast<int>(blockIdx.y);
  const int row =
      static_cast<int>(blockIdx.x) * (kThreads / kParts) + static_cast<int>(threadIdx.x) / kParts;
  const int part = static_cast<int>(threadIdx.x) % kParts;
  const int rows = static_cast<int>(args.rows.count);
  const int first = first_of(args, q);
  const bool there = row < rows && first > 0;
  const int count = there ? seen_by(args, q, row) - first : 0;
  const float* const from = args.rows.probability +
                            (std::int64_t{q} * rows + min(row, rows - 1)) * args.rows.stride +
                            first;
  const int whole = count / kParts * kParts;
  double sum = 0;
#pragma unroll 8
  for (int j = part; j < whole; j += kParts) {
    sum += static_cast<double>(from[j]);
  }
  double total = 0;
  for (int j = whole; j < count; ++j) {
    total += static_cast<double>(from[j]);
  }
  const int lane = static_cast<int>(threadIdx.x) % 32;
  for (int k = 0; k < kParts; ++k) {
    total += __shfl_sync(kAllLanes, sum, lane - part + k);
  }
  if (part == 0 && row < rows) {
    const auto divisor = static_cast<float>(total);
    args.divisor[q * rows + row] = divisor > 0.0F ? divisor : 1.0F;
  }
}

// Grid (keys, q_count).
__global__ void __launch_bounds__(kThreads) row_sum(RowSum args) {
  const int q = static_cast<int>(blockIdx.y);
  const int rows = static_cast<int>(args.rows.count);
  const int first = first_of(args, q);
  const std::int64_t key = thread_index();
  if (first + key >= seen_by(args, q, rows - 1)) {
    return;
  }
  const float* const column =
      args.rows.probability + std::int64_t{q} * rows * args.rows.stride + first + key;
  const float* const divisor = args.divisor + q * rows;
  float* const to = args.sum + q * args.sum_stride + key;
  // Keys of this call's last rows were not seen by the calls before.
  float sum = args.add && first + key < seen_by(args, q, -1) ? *to : 0.0F;
#pragma unroll 8
  for (int row = 0; row < rows; ++row) {
    sum = __fadd_rn(sum, __fdiv_rn(column[row * args.rows.stride], divisor[row]));
  }
  *to = sum;
}

}  // namespace

void launch_block_means(const BlockMeans& args, Stream stream) {
  if (args.count <= 0) {
    return;
  }
  // The queries of 64 rows of 256 would fill the registers.
  if (has_matrix_kernels(args.input.cache) && args.input.cache.head_dim <= 128) {
    launch_block_means_matrix(args, stream);
  } else {
    launch_block_means_plain(args, stream);
  }
}

void launch_pick_entries(const PickEntries& args, Stream stream) {
  if (args.means.count <= 0) {
    return;
  }
  const Extent grid{static_cast<std::uint32_t>(args.means.input.q_heads),
                    static_cast<std::uint32_t>(args.means.count)};
  KVFOOT_LAUNCH(pick_entries, grid, {kThreads}, sizeof(Shared), stream, args);
}

void launch_row_sum(const RowSum& args, Stream stream) {
  if (args.rows.count <= 0 || args.rows.q_count <= 0) {
    return;
  }
  const Extent rows{blocks_for(args.rows.count, kThreads / kParts),
                    static_cast<std::uint32_t>(args.rows.q_count)};
  KVFOOT_LAUNCH(row_divisors, rows, {kThreads}, 0, stream, args);
  const Extent keys{blocks_for(args.sum_stride, kThreads),
                    static_cast<std::uint32_t>(args.rows.q_count)};
  KVFOOT_LAUNCH(row_sum, keys, {kThreads}, 0, stream, args);
}

}  // namespace kvfoot::cuda
