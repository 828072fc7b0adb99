// Products of one row with a matrix.
//
// What limits them is the bytes of W: 2 n k of them for 16-bit weights, each read once, against
// 2 n k operations; a card that moves 3.3 TB/s has ten times the arithmetic this needs. So
// everything here serves to keep enough loads under way. By Little's law 3.3 TB/s times some 900 ns
// of loaded latency is 3 MB in flight, 23 KB for each of 132 multiprocessors.
//
// One block of 16 warps stays on each multiprocessor. A warp takes two rows of W at a time and
// holds eight loads of 16 bytes per lane: as soon as pieces have been unpacked, their registers are
// loaded again with the pieces one batch ahead, across the ends of rows, so the pipe does not
// drain: 64 KB per multiprocessor under way. The two rows share what is read of x: 64 of the 546
// cycles in which a multiprocessor's share of the bandwidth brings a row of 8 KB (128 for one row
// alone). The first pieces of W are asked for before x is read, normalised and staged, which then
// costs no extra time; when launched early, even while the kernel before still runs.
//
// Tails: pair p of rows belongs to block p % grid, so multiprocessors differ by one pair at most.
// Pairs per block on 132 multiprocessors: n = 4096: 15.5, 6144: 23.3, 28672 with SwiGLU: 108.6,
// 128256: 485.8; the fullest block is above the mean by 3, 3, 0.4 and 0.04 %. Within a block the
// last round may keep only half of the warps busy (n = 6144: 16, then 8), which still is above the
// 23 KB. n below 2 * 132 leaves multiprocessors idle: such matrices are small.
//
// The sum of a row: lane l adds the pieces l, l + 32, ... of 16 bytes, even and odd places apart,
// ascending; then the two, then the lanes. It depends on k and the type of W alone.
#include "executor/cuda/kernels/gemv.hpp"

#include "executor/cuda/kernels/gemv_parts.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kUnroll = 4;  // pieces per lane and row under way
constexpr int kBatchPieces = 32 * kUnroll;
// Of each of a warp's first rows, asked into the second cache before anything else: 8 KB per warp,
// what the memory brings in the 5 us that a kernel takes to begin after another.
constexpr int kEarlyPieces = 256;

// x is staged in groups of 32 pieces, as the lanes of a warp read them. The eight columns of a
// piece of 16-bit weights are kept as two quads, 32 quads apart, so that neighbouring lanes read
// neighbouring quads and no two of them meet in a bank.
template <class T>
constexpr int kGroup = 32 * kPerPiece<T>;  // columns

// Where the quad of columns from 4 * quad on begins.
template <class T>
__device__ __forceinline__ int quad_place(int quad) {
  if constexpr (sizeof(T) == 4) {
    return quad * 4;
  } else {
    const auto q = static_cast<unsigned>(quad);
    return static_cast<int>(q / 64 * kGroup<T> + q % 2 * 128 + q / 2 % 32 * 4);
  }
}

template <class T>
__host__ __device__ constexpr int batches_of(std::int64_t k) {
  constexpr int kColumns = kUnroll * kGroup<T>;
  return static_cast<int>((k + kColumns - 1) / kColumns);
}

// Pieces that belong to this thread: threadIdx.x, threadIdx.x + kGemvThreads, ... below `count`.
// The first kHeld are asked for at once.
template <int kHeld>
struct HeldPieces {
  uint4 piece[kHeld];

  // kConstant: no kernel before this one wrote them.
  template <bool kConstant>
  __device__ __forceinline__ void ask(const uint4* from, int count) {
#pragma unroll
    for (int i = 0; i < kHeld; ++i) {
      const int p = static_cast<int>(threadIdx.x) + i * kGemvThreads;
      piece[i] = uint4{0, 0, 0, 0};
      if (p < count) {
        piece[i] = kConstant ? load_once(from + p) : load_shared_cache(from + p);
      }
    }
  }
};

// x of type X: widened and staged.
template <class T, class X, int kHeld>
__device__ __forceinline__ void stage(const uint4* x, int count, const HeldPieces<kHeld>& held,
                                      float* staged) {
  const auto keep = [&](int p, uint4 piece) {
    float values[kPerPiece<X>];
    unpack<X>(piece, values);
#pragma unroll
    for (int i = 0; i < kPerPiece<X>; i += 4) {
      store_16(staged + quad_place<T>(p * (kPerPiece<X> / 4) + i / 4),
               pack_piece<float>(values + i));
    }
  };
  const int thread = static_cast<int>(threadIdx.x);
#pragma unroll
  for (int i = 0; i < kHeld; ++i) {
    if (thread + i * kGemvThreads < count) {
      keep(thread + i * kGemvThreads, held.piece[i]);
    }
  }
#pragma unroll 1
  for (int p = thread + kHeld * kGemvThreads; p < count; p += kGemvThreads) {
    keep(p, load_shared_cache(x + p));
  }
}

// The same of fp32 x, through RMSNorm and rounded to T.
template <class T, int kHeld>
__device__ __forceinline__ void stage_normed(const Gemv& args, const HeldPieces<kHeld>& held,
                                             const HeldPieces<kHeld>& held_norm, float* partial,
                                             float* staged) {
  const auto* x = static_cast<const uint4*>(args.x);
  const auto* norm = reinterpret_cast<const uint4*>(args.norm);
  const int quads = static_cast<int>(args.k / 4);
  const int thread = static_cast<int>(threadIdx.x);
  float squares = 0;
  float quad[4];
#pragma unroll
  for (int i = 0; i < kHeld; ++i) {
    unpack<float>(held.piece[i], quad);  // zeros beyond the row
    squares = add_squares(squares, quad);
  }
#pragma unroll 1
  for (int p = thread + kHeld * kGemvThreads; p < quads; p += kGemvThreads) {
    unpack<float>(load_shared_cache(x + p), quad);
    squares = add_squares(squares, quad);
  }
  const float factor = norm_factor(squares, args.k, args.epsilon, partial);
  const auto keep = [&](int p, uint4 piece, uint4 weights) {
    float weight[4];
    unpack<float>(piece, quad);
    unpack<float>(weights, weight);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      quad[i] = to_float(from_float<T>(normed(quad[i], factor, weight[i])));
    }
    store_16(staged + quad_place<T>(p), pack_piece<float>(quad));
  };
#pragma unroll
  for (int i = 0; i < kHeld; ++i) {
    if (thread + i * kGemvThreads < quads) {
      keep(thread + i * kGemvThreads, held.piece[i], held_norm.piece[i]);
    }
  }
#pragma unroll 1
  for (int p = thread + kHeld * kGemvThreads; p < quads; p += kGemvThreads) {
    keep(p, load_shared_cache(x + p), load_16(norm + p));
  }
}

// W in aligned pieces; x of type X is staged as floats, normalised before where kNorm (X is float).
template <class T, class X, bool kNorm>
__global__ void __launch_bounds__(kGemvThreads, 1) gemv_kernel(Gemv args) {
  constexpr int kHeld = kNorm ? 2 : 4;
  let_next_kernel_begin();
  const int lane = static_cast<int>(threadIdx.x) % 32;
  float* partial = reinterpret_cast<float*>(shared_memory());
  float* staged = partial + kNormWarps;
  const auto* x = static_cast<const uint4*>(args.x);
  const int x_pieces = static_cast<int>(args.k / kPerPiece<X>);
  const int pieces = static_cast<int>(args.k / kPerPiece<T>);
  const int batches = batches_of<T>(args.k);
  const std::int64_t pairs = pairs_of(args);

  HeldPieces<kHeld> held_norm;
  if constexpr (kNorm) {
    held_norm.template ask<true>(reinterpret_cast<const uint4*>(args.norm), x_pieces);
  }

  // The batch that is asked for next: this lane's first piece of each row, and how many pieces of
  // the row lie from there on.
  const uint4* from[kGemvRows] = {};
  int left = 0;
  const auto go_to = [&](std::int64_t pair) {
    left = pair < pairs ? pieces - lane : 0;
#pragma unroll
    for (int r = 0; r < kGemvRows; ++r) {
      const std::int64_t j = row_of(args, pair, r);
      // A missing second row repeats the first and is not stored.
      from[r] = static_cast<const uint4*>(args.w) +
                (j < args.n ? j : row_of(args, pair, 0)) * pieces + lane;
    }
  };
  uint4 w[kGemvRows][kUnroll];
  const auto ask = [&](int r, int u) {
    w[r][u] = uint4{0, 0, 0, 0};
    if (u * 32 < left) {
      w[r][u] = load_once(from[r] + u * 32);
    }
  };
  std::int64_t pair = first_pair();
  go_to(pair);
  if (lane == 0 && left > 0) {
#pragma unroll
    for (int r = 0; r < kGemvRows; ++r) {
      prefetch(from[r], static_cast<std::uint32_t>(left < kEarlyPieces ? left : kEarlyPieces) * 16);
    }
  }
  await_earlier_kernels();
  HeldPieces<kHeld> held;
  held.template ask<false>(x, x_pieces);
#pragma unroll
  for (int u = 0; u < kUnroll; ++u) {
#pragma unroll
    for (int r = 0; r < kGemvRows; ++r) {
      ask(r, u);
    }
  }
  for (int column = static_cast<int>(args.k) + static_cast<int>(threadIdx.x) * 4;
       column < batches * kUnroll * kGroup<T>; column += kGemvThreads * 4) {
    store_16(staged + quad_place<T>(column / 4), uint4{0, 0, 0, 0});
  }
  if constexpr (kNorm) {
    stage_normed<T>(args, held, held_norm, partial, staged);
  } else {
    stage<T, X>(x, x_pieces, held, staged);
  }
  __syncthreads();

  for (; pair < pairs; pair += pair_stride()) {
    const float before = value_before(args, pair);
    float sum[kGemvRows][2] = {};
    const float* staged_own = staged + lane * 4;
    for (int batch = 1; batch <= batches; ++batch) {
      left -= kBatchPieces;
#pragma unroll
      for (int r = 0; r < kGemvRows; ++r) {
        from[r] += kBatchPieces;
      }
      if (batch == batches) {
        go_to(pair + pair_stride());
      }
#pragma unroll
      for (int u = 0; u < kUnroll; ++u) {
        float values[kPerPiece<T>];
#pragma unroll
        for (int i = 0; i < kPerPiece<T>; i += 4) {
          unpack<float>(load_16(staged_own + u * kGroup<T> + i * 32), values + i);
        }
#pragma unroll
        for (int r = 0; r < kGemvRows; ++r) {
          float weights[kPerPiece<T>];
          unpack<T>(w[r][u], weights);
          ask(r, u);
          add_products(weights, values, sum[r]);
        }
      }
      staged_own += kUnroll * kGroup<T>;
    }
    finish_pair(args, pair, sum, before);
  }
  prefetch_next(args);
}

template <class T>
void launch_typed(const Gemv& args, Stream stream) {
  const Extent grid = gemv_grid(args);
  const Extent block{kGemvThreads};
  const std::int64_t columns = std::int64_t{batches_of<T>(args.k)} * kUnroll * kGroup<T>;
  const auto bytes = static_cast<std::size_t>(kNormWarps + columns) * sizeof(float);
  if (args.k % 8 != 0 || static_cast<std::int64_t>(bytes) > args.shared_bytes ||
      !aligned_16(args.w) || !aligned_16(args.x) || !aligned_16(args.norm)) {
    launch_gemv_plain(args, stream);
  } else if (args.norm != nullptr) {
    KVFOOT_LAUNCH((gemv_kernel<T, float, true>), grid, block, bytes, stream, args, args.early);
  } else if (args.x_type == DType::kF32) {
    KVFOOT_LAUNCH((gemv_kernel<T, float, false>), grid, block, bytes, stream, args, args.early);
  } else {
    KVFOOT_LAUNCH((gemv_kernel<T, T, false>), grid, block, bytes, stream, args, args.early);
  }
}

}  // namespace

void launch_gemv(const Gemv& args, Stream stream) {
  if (pairs_of(args) > 0) {
    with_scalar(args.type, [&](auto scalar) { launch_typed<decltype(scalar)>(args, stream); });
  }
}

}  // namespace kvfoot::cuda
