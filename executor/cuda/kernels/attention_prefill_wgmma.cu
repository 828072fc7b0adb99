// Attention of many rows with the asynchronous products of Hopper's warpgroups (compute capability
// 9.0), head dimensions 64 and 128, after FlashAttention-3 (Shah et al. 2024, arXiv 2407.08608,
// algorithm 2): while a warpgroup turns the scores of one tile into weights, the tensor cores
// multiply the weights of the tile before with its values.
//
// A block owns 128 pairs (prefill_rows.hpp), 64 per warpgroup. Keys and values have two slots each,
// filled by asynchronous copies of all threads, since entries lie anywhere: in the round of tile j
// (scores of tile j + 1, values of tile j) keys of tile j + 2 and values of tile j + 1 are under
// way.
//
// Limits: two tiles of scores, the output and the weights need some 200 registers, and slots of 128
// keys 163 KiB of shared memory, so one block of 256 threads per multiprocessor.
#include <cmath>

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/prefill_rows.hpp"
#include "executor/cuda/primitives/warpgroup.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kRows = 128;
constexpr int kKeys = 128;

template <class Scalar, int kHeadDim>
struct Shape {
  using T = Scalar;
  static constexpr int kDim = kHeadDim;
  static constexpr int kParts = kDim / 64;        // of 64 columns, one tile each
  static constexpr int kPartBytes = kKeys * 128;  // as many keys as rows
  static constexpr int kTileBytes = kParts * kPartBytes;
  static constexpr int kTableBytes = 3 * kKeys * 8;
  static constexpr int kSharedBytes = 5 * kTileBytes + kTableBytes;
  static_assert(kRows == kKeys && kDim % 64 == 0);
};

#if defined(KVFOOT_WARPGROUPS) || !defined(__CUDA_ARCH__)

// 16 bytes of row `row`, columns 8 `piece` to 8 `piece` + 7 of the whole width.
__device__ __forceinline__ int tile_offset(int row, int piece) {
  return piece / 8 * (kKeys * 128) + warpgroup_offset(row, piece % 8);
}

// One tile of keys, or of values when `offset` is theirs.
template <class S>
__device__ __forceinline__ void copy_tile(std::byte* slot, const std::uintptr_t* table,
                                          std::uintptr_t offset) {
  constexpr int kPieces = S::kDim / 8;
  const int piece = static_cast<int>(threadIdx.x) % kPieces;
  const int row = static_cast<int>(threadIdx.x) / kPieces;
  const std::uintptr_t from = offset + static_cast<std::uintptr_t>(piece) * 16;
#pragma unroll
  for (int r = 0; r < kKeys; r += kThreads / kPieces) {
    const std::uintptr_t entry = table[row + r];
    cp_async_16(slot + tile_offset(row + r, piece), reinterpret_cast<const void*>(entry + from),
                entry != 0);
  }
}

template <class S>
__device__ __forceinline__ void copy_queries(std::byte* to, const AttentionArgs& args,
                                             const PrefillPlace& p) {
  constexpr int kPieces = S::kDim / 8;
  const int piece = static_cast<int>(threadIdx.x) % kPieces;
  for (int r = static_cast<int>(threadIdx.x) / kPieces; r < kRows; r += kThreads / kPieces) {
    const int pair = p.first_pair + r;
    const auto* from = static_cast<const std::byte*>(args.q) +
                       p.query(pair, args.q_heads) * (S::kDim * 2) + piece * 16;
    cp_async_16(to + tile_offset(r, piece), from, pair < p.pairs);
  }
}

// A warp's 16 rows as accumulators, flat as products take them.
template <int kBlocks>
__device__ __forceinline__ float (&flat(float (&x)[kBlocks][4]))[kBlocks * 4] {
  return reinterpret_cast<float(&)[kBlocks * 4]>(x);
}

// scores = queries keys^T; under way when this returns.
template <class S>
__device__ __forceinline__ void multiply_keys(Warpgroup& products, float (&s)[kKeys / 8][4],
                                              const std::byte* queries, const std::byte* keys) {
  products.fence();
#pragma unroll
  for (int step = 0; step < S::kDim / 16; ++step) {
    const int at = step / 4 * S::kPartBytes + step % 4 * 32;
    products.multiply<typename S::T, kKeys>(flat(s), warpgroup_operand(queries + at, 1024, 0),
                                            warpgroup_operand(keys + at, 1024, 0), step > 0);
  }
  products.commit();
}

// out += weights values; under way when this returns.
template <class S>
__device__ __forceinline__ void multiply_values(Warpgroup& products, float (&out)[S::kDim / 8][4],
                                                const std::uint32_t (&weights)[kKeys / 16][4],
                                                const std::byte* values) {
  products.fence();
#pragma unroll
  for (int step = 0; step < kKeys / 16; ++step) {
    products.multiply_rows<typename S::T, S::kDim>(
        flat(out), weights[step], warpgroup_operand(values + step * 2048, 1024, S::kPartBytes),
        true);
  }
  products.commit();
}

template <class S>
__global__ void __launch_bounds__(kThreads, 1) prefill_warpgroups(AttentionArgs args) {
  using T = typename S::T;
  const PrefillPlace place = find_prefill_place<kRows, kKeys>(args);
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;
  std::byte* const queries = shared_memory();
  std::byte* const keys = queries + S::kTileBytes;     // two slots
  std::byte* const values = keys + 2 * S::kTileBytes;  // two slots
  auto* const table = reinterpret_cast<std::uintptr_t*>(values + 2 * S::kTileBytes);
  const auto to_values = static_cast<std::uintptr_t>(value_offset<T>(args.cache));
  const auto slot = [](std::byte* first, int tile) { return first + tile % 2 * S::kTileBytes; };
  const auto addresses = [&](int tile) { return table + tile % 3 * kKeys; };

  if (thread < kKeys) {
    for (int tile = 0; tile < 3; ++tile) {
      addresses(tile)[thread] = prefill_entry<T>(args.cache, place, tile * kKeys + thread);
    }
  }
  __syncthreads();
  copy_queries<S>(queries, args, place);
  copy_tile<S>(slot(keys, 0), addresses(0), 0);
  cp_async_commit();
  if (place.tiles > 1) {
    copy_tile<S>(slot(keys, 1), addresses(1), 0);
  }
  copy_tile<S>(slot(values, 0), addresses(0), to_values);
  cp_async_commit();

  const int first_pair = place.first_pair + thread / 32 * 16;  // of this warp
  const float scale = __fmul_rn(args.scale, kLog2E);
  const std::byte* const my_queries = queries + thread / 128 * 64 * 128;  // 64 rows further
  Warpgroup products;
  RowSoftmax softmax;
  float keep[2];
  float s[kKeys / 8][4];
  float out[S::kDim / 8][4] = {};
  std::uint32_t weights[kKeys / 16][4];

  cp_async_wait<1>();
  fence_for_products();
  __syncthreads();
  multiply_keys<S>(products, s, my_queries, slot(keys, 0));
  products.wait<0>(flat(s));
  if (place.open == 0) {
    mask_rows(s, place, first_pair, 0, lane);
  }
  soften_rows(s, softmax, scale, keep);

  for (int tile = 0; tile < place.tiles - 1; ++tile) {
    // Keys of the next tile and values of this one are here; the slots before them are free.
    cp_async_wait<0>();
    fence_for_products();
    __syncthreads();
    if (tile + 2 < place.tiles) {
      copy_tile<S>(slot(keys, tile), addresses(tile + 2), 0);
    }
    copy_tile<S>(slot(values, tile + 1), addresses(tile + 1), to_values);
    cp_async_commit();
#pragma unroll
    for (int step = 0; step < kKeys / 16; ++step) {
      round_weights<T>(weights[step], s, step);
    }
    multiply_keys<S>(products, s, my_queries, slot(keys, tile + 1));
    multiply_values<S>(products, out, weights, slot(values, tile));
    std::uintptr_t later = 0;
    if (thread < kKeys) {
      later = prefill_entry<T>(args.cache, place, (tile + 3) * kKeys + thread);
    }
    products.wait<1>(flat(s));
    if (tile + 1 >= place.open) {
      mask_rows(s, place, first_pair, (tile + 1) * kKeys, lane);
    }
    soften_rows(s, softmax, scale, keep);
    if (thread < kKeys) {
      addresses(tile)[thread] = later;
    }
    products.wait<0>(flat(out));
    rescale_rows(out, keep);
  }

  cp_async_wait<0>();
  fence_for_products();
  __syncthreads();
#pragma unroll
  for (int step = 0; step < kKeys / 16; ++step) {
    round_weights<T>(weights[step], s, step);
  }
  multiply_values<S>(products, out, weights, slot(values, place.tiles - 1));
  products.wait<0>(flat(out));
  finish_rows(args, place, out, softmax, first_pair, lane);
}

#else

// Other architectures carry the name only; has_warpgroup_kernels() keeps launches away.
template <class S>
__global__ void prefill_warpgroups(AttentionArgs) {
  __trap();  // never silently nothing
}

#endif

template <class T, int kDim>
void launch_shape(const AttentionArgs& args, Stream stream) {
  using S = Shape<T, kDim>;
  const std::int64_t pairs = args.rows * (args.q_heads / args.cache.heads);
  const Extent grid{static_cast<std::uint32_t>((pairs + kRows - 1) / kRows),
                    static_cast<std::uint32_t>(args.cache.heads)};
  KVFOOT_LAUNCH(prefill_warpgroups<S>, grid, {kThreads}, S::kSharedBytes, stream, args);
}

template <class T>
void launch_type(const AttentionArgs& args, Stream stream) {
  if (args.cache.head_dim == 64) {
    launch_shape<T, 64>(args, stream);
  } else {
    launch_shape<T, 128>(args, stream);
  }
}

}  // namespace

bool has_warpgroup_kernels(const LayerPages& cache, int compute_major, int compute_minor) {
  return compute_major == 9 && compute_minor == 0 && cache.type != DType::kF32 &&
         (cache.head_dim == 64 || cache.head_dim == 128);
}

void launch_prefill_warpgroups(const AttentionArgs& args, Stream stream) {
  if (args.cache.type == DType::kBF16) {
    launch_type<BFloat16>(args, stream);
  } else {
    launch_type<Float16>(args, stream);
  }
}

}  // namespace kvfoot::cuda
