// Products of one row with a matrix.
//
// What limits them is the bytes of W: 2 n k of them for 16-bit weights, each read once, against
// 4 n k operations; a card that moves 3.3 TB/s has thirty times the arithmetic this needs. So
// everything here serves to keep enough loads under way. By Little's law 3.3 TB/s times some 900 ns
// of loaded latency is 3 MB in flight, 23 KB for each of 132 multiprocessors.
//
// One block of 16 warps stays on each multiprocessor. A warp takes two rows of W at a time and
// holds eight loads of 16 bytes per lane: as soon as a piece has been used, its registers are
// loaded again with the piece one batch ahead, across the ends of rows, so the pipe never drains:
// 64 KB per multiprocessor under way. The two rows share what is read of x: 64 of the 546 cycles
// in which a multiprocessor's share of the bandwidth brings a row of 8 KB (128 for one row alone).
// The first batch is asked for before x is staged and normalised, which then costs no extra time.
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

#include <algorithm>

#include "executor/cuda/kernels/norm.hpp"
#include "executor/cuda/kernels/vectors.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = kNormThreads;
constexpr int kWarps = kThreads / 32;
constexpr int kRows = 2;    // of W per warp
constexpr int kUnroll = 4;  // pieces per lane and row under way
// Staged x takes 4 bytes per column; more would not fit beside each other on every card.
constexpr std::int64_t kMostStaged = 24 * 1024;

template <class T>
constexpr int kBatchColumns = 32 * kUnroll * kPerPiece<T>;

template <class T>
__host__ __device__ constexpr std::int64_t padded_columns(std::int64_t k) {
  return (k + kBatchColumns<T> - 1) / kBatchColumns<T> * kBatchColumns<T>;
}

// Where column `column` of x lies in shared memory. The eight columns that a lane needs for a piece
// of 16-bit weights are kept as two quads, 32 quads apart, so that neighbouring lanes read
// neighbouring quads and no two of them meet in a bank.
template <class T>
__device__ __forceinline__ std::int64_t staged_place(std::int64_t column) {
  if constexpr (sizeof(T) == 4) {
    return column;
  } else {
    const std::int64_t piece = column / 8;
    return (piece / 32 * 2 + column % 8 / 4) * 128 + piece % 32 * 4 + column % 4;
  }
}

template <class T>
__device__ __forceinline__ void read_staged(const float* staged, std::int64_t piece,
                                            float (&x)[kPerPiece<T>]) {
#pragma unroll
  for (int i = 0; i < kPerPiece<T>; i += 4) {
    unpack<float>(load_16(staged + staged_place<T>(piece * kPerPiece<T> + i)), x + i);
  }
}

// The row of W that a warp's pair `pair` has in place r; n when there is none.
__device__ __forceinline__ std::int64_t row_of(const Gemv& args, std::int64_t pair, int r) {
  return args.finish == Gemv::Finish::kSwiglu ? pair + r * (args.n / 2) : kRows * pair + r;
}

__host__ __device__ constexpr std::int64_t pairs_of(const Gemv& args) {
  return args.finish == Gemv::Finish::kSwiglu ? args.n / 2 : (args.n + kRows - 1) / kRows;
}

// sum[0] gets the even places, sum[1] the odd ones.
template <int N>
__device__ __forceinline__ void add_products(const float (&w)[N], const float (&x)[N],
                                             float (&sum)[2]) {
#pragma unroll
  for (int i = 0; i < N; ++i) {
    sum[i % 2] = __fmaf_rn(w[i], x[i], sum[i % 2]);
  }
}

// What the sums of a pair become. `before`: what y held (kAdd), in lanes 0 and 1.
__device__ __forceinline__ void finish_pair(const Gemv& args, std::int64_t pair,
                                            const float (&sum)[kRows][2], float before) {
  float product[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    product[r] = warp_sum(__fadd_rn(sum[r][0], sum[r][1]));
  }
  const int lane = static_cast<int>(threadIdx.x) % 32;
  if (args.finish == Gemv::Finish::kSwiglu) {
    if (lane == 0) {
      store_as(args.y_type, args.y, pair, gated(product[0], product[1]));
    }
    return;
  }
  const std::int64_t row = row_of(args, pair, lane);
  if (lane < kRows && row < args.n) {
    const float own = lane == 0 ? product[0] : product[1];
    if (args.finish == Gemv::Finish::kAdd) {
      static_cast<float*>(args.y)[row] = __fadd_rn(before, own);
    } else {
      store_as(args.y_type, args.y, row, own);
    }
  }
}

__device__ __forceinline__ float value_before(const Gemv& args, std::int64_t pair) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t row = row_of(args, pair, lane);
  return args.finish == Gemv::Finish::kAdd && lane < kRows && row < args.n
             ? static_cast<const float*>(args.y)[row]
             : 0.0F;
}

// x in 16-byte pieces as it lies in memory: the first kHeld of each thread are asked for before the
// block asks for weights, or they would arrive behind them.
template <class X>
struct HeldRow {
  static constexpr int kHeld = 2;
  uint4 piece[kHeld];

  __device__ __forceinline__ void ask(const X* x, std::int64_t pieces) {
#pragma unroll
    for (int i = 0; i < kHeld; ++i) {
      const std::int64_t p = threadIdx.x + static_cast<std::int64_t>(i) * kThreads;
      piece[i] = p < pieces ? load_once(x + p * kPerPiece<X>) : uint4{0, 0, 0, 0};
    }
  }
  // body(p, values) for every piece of this thread, ascending.
  template <class Body>
  __device__ __forceinline__ void each(const X* x, std::int64_t pieces, Body&& body) const {
    float values[kPerPiece<X>];
#pragma unroll
    for (int i = 0; i < kHeld; ++i) {
      const std::int64_t p = threadIdx.x + static_cast<std::int64_t>(i) * kThreads;
      if (p < pieces) {
        unpack<X>(piece[i], values);
        body(p, values);
      }
    }
    for (std::int64_t p = threadIdx.x + static_cast<std::int64_t>(kHeld) * kThreads; p < pieces;
         p += kThreads) {
      unpack<X>(load_16(x + p * kPerPiece<X>), values);
      body(p, values);
    }
  }
};

template <class T, int N>
__device__ __forceinline__ void stage_values(float* staged, std::int64_t column,
                                             const float (&values)[N]) {
#pragma unroll
  for (int i = 0; i < N; i += 4) {
    store_16(staged + staged_place<T>(column + i), pack_piece<float>(values + i));
  }
}

// W in aligned pieces, x of type X staged as floats, normalised before where kNorm (X is float).
template <class T, class X, bool kNorm>
__global__ void __launch_bounds__(kThreads, 1) gemv_kernel(Gemv args) {
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;
  float* partial = reinterpret_cast<float*>(shared_memory());
  float* staged = partial + kNormWarps;
  const std::int64_t pieces = args.k / kPerPiece<T>;
  const std::int64_t padded = padded_columns<T>(args.k);
  const std::int64_t pairs = pairs_of(args);
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kWarps;
  std::int64_t pair = blockIdx.x + static_cast<std::int64_t>(thread / 32) * gridDim.x;

  const X* x = static_cast<const X*>(args.x);
  const std::int64_t x_pieces = args.k / kPerPiece<X>;
  HeldRow<X> held;
  HeldRow<float> held_norm;
  held.ask(x, x_pieces);
  if constexpr (kNorm) {
    held_norm.ask(args.norm, x_pieces);
  }

  const uint4 zeros{0, 0, 0, 0};
  uint4 w[kRows][kUnroll];
  const uint4* row[kRows];
  // Rows of the pair; a missing one repeats the first and is not stored.
  const auto find_rows = [&](std::int64_t of) {
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const std::int64_t j = row_of(args, of, r);
      row[r] = static_cast<const uint4*>(args.w) + (j < args.n ? j : row_of(args, of, 0)) * pieces;
    }
  };
  if (pair < pairs) {
    find_rows(pair);
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        const std::int64_t piece = u * 32 + lane;
        w[r][u] = piece < pieces ? load_once(row[r] + piece) : zeros;
      }
    }
  }

  if constexpr (kNorm) {
    float squares = 0;
    held.each(x, x_pieces,
              [&](std::int64_t, const float(&quad)[4]) { squares = add_squares(squares, quad); });
    const float factor = norm_factor(squares, args.k, args.epsilon, partial);
    // The places are read again as they were staged by this very thread.
    held.each(x, x_pieces,
              [&](std::int64_t p, const float(&quad)[4]) { stage_values<T>(staged, p * 4, quad); });
    held_norm.each(args.norm, x_pieces, [&](std::int64_t p, const float(&weight)[4]) {
      float quad[4];
      unpack<float>(load_16(staged + staged_place<T>(p * 4)), quad);
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        quad[i] = to_float(from_float<T>(normed(quad[i], factor, weight[i])));
      }
      stage_values<T>(staged, p * 4, quad);
    });
  } else {
    held.each(x, x_pieces, [&](std::int64_t p, const float(&values)[kPerPiece<X>]) {
      stage_values<T>(staged, p * kPerPiece<X>, values);
    });
  }
  for (std::int64_t column = args.k + thread; column < padded; column += kThreads) {
    staged[staged_place<T>(column)] = 0;
  }
  __syncthreads();

  const std::int64_t batches = padded / kBatchColumns<T>;
  while (pair < pairs) {
    const float before = value_before(args, pair);
    float sum[kRows][2] = {};
    for (std::int64_t batch = 0; batch < batches; ++batch) {
      std::int64_t ahead = (batch + 1) * (32 * kUnroll) + lane;
      bool more = true;
      if (batch + 1 == batches) {
        more = pair + stride < pairs;
        ahead = lane;
        find_rows(more ? pair + stride : pair);
      }
#pragma unroll
      for (int u = 0; u < kUnroll; ++u) {
        float values[kPerPiece<T>];
        read_staged<T>(staged, (batch * kUnroll + u) * 32 + lane, values);
        const bool inside = more && ahead + u * 32 < pieces;
#pragma unroll
        for (int r = 0; r < kRows; ++r) {
          float weights[kPerPiece<T>];
          unpack<T>(w[r][u], weights);
          w[r][u] = inside ? load_once(row[r] + ahead + u * 32) : zeros;
          add_products(weights, values, sum[r]);
        }
      }
    }
    finish_pair(args, pair, sum, before);
    pair += stride;
  }
}

__device__ __forceinline__ float element(const void* x, DType type, std::int64_t i) {
  switch (type) {
    case DType::kF32:
      return static_cast<const float*>(x)[i];
    case DType::kF16:
      return to_float(static_cast<const Float16*>(x)[i]);
    case DType::kBF16:
      break;
  }
  return to_float(static_cast<const BFloat16*>(x)[i]);
}

// Any k and any alignment: the same sums from single scalars.
template <class T>
__global__ void __launch_bounds__(kThreads, 1) gemv_plain_kernel(Gemv args) {
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;
  float* partial = reinterpret_cast<float*>(shared_memory());
  float factor = 0;
  if (args.norm != nullptr) {
    float squares = 0;
    for (std::int64_t column = thread * 4; column < args.k; column += kThreads * 4) {
      float quad[4];
      load_quad(static_cast<const float*>(args.x), column, args.k, quad);
      squares = add_squares(squares, quad);
    }
    factor = norm_factor(squares, args.k, args.epsilon, partial);
  }
  const std::int64_t pieces = (args.k + kPerPiece<T> - 1) / kPerPiece<T>;
  const std::int64_t pairs = pairs_of(args);
  for (std::int64_t pair = blockIdx.x + static_cast<std::int64_t>(thread / 32) * gridDim.x;
       pair < pairs; pair += static_cast<std::int64_t>(gridDim.x) * kWarps) {
    const float before = value_before(args, pair);
    float sum[kRows][2] = {};
    for (std::int64_t piece = lane; piece < pieces; piece += 32) {
      float values[kPerPiece<T>];
      float weights[kRows][kPerPiece<T>];
#pragma unroll
      for (int i = 0; i < kPerPiece<T>; ++i) {
        const std::int64_t column = piece * kPerPiece<T> + i;
        const bool inside = column < args.k;
        values[i] = inside ? element(args.x, args.x_type, column) : 0.0F;
        if (args.norm != nullptr && inside) {
          values[i] = to_float(from_float<T>(normed(values[i], factor, args.norm[column])));
        }
#pragma unroll
        for (int r = 0; r < kRows; ++r) {
          const std::int64_t j = row_of(args, pair, r);
          weights[r][i] = inside && j < args.n
                              ? to_float(static_cast<const T*>(args.w)[j * args.k + column])
                              : 0.0F;
        }
      }
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        add_products(weights[r], values, sum[r]);
      }
    }
    finish_pair(args, pair, sum, before);
  }
}

template <class T>
void launch_typed(const Gemv& args, Stream stream) {
  const std::int64_t blocks =
      std::min<std::int64_t>(pairs_of(args), std::max(1, args.multiprocessors));
  const Extent grid{static_cast<std::uint32_t>(blocks)};
  const Extent block{kThreads};
  constexpr std::size_t kPartialBytes = kNormWarps * sizeof(float);
  const std::size_t bytes =
      kPartialBytes + static_cast<std::size_t>(padded_columns<T>(args.k)) * sizeof(float);
  const bool whole = args.k % 8 == 0 && args.k <= kMostStaged && aligned_16(args.w) &&
                     aligned_16(args.x) && (args.norm == nullptr || aligned_16(args.norm));
  if (!whole) {
    KVFOOT_LAUNCH(gemv_plain_kernel<T>, grid, block, kPartialBytes, stream, args);
  } else if (args.norm != nullptr) {
    KVFOOT_LAUNCH((gemv_kernel<T, float, true>), grid, block, bytes, stream, args);
  } else if (args.x_type == DType::kF32) {
    KVFOOT_LAUNCH((gemv_kernel<T, float, false>), grid, block, bytes, stream, args);
  } else {
    KVFOOT_LAUNCH((gemv_kernel<T, T, false>), grid, block, bytes, stream, args);
  }
}

}  // namespace

void launch_gemv(const Gemv& args, Stream stream) {
  if (pairs_of(args) > 0) {
    with_scalar(args.type, [&](auto scalar) { launch_typed<decltype(scalar)>(args, stream); });
  }
}

}  // namespace kvfoot::cuda
