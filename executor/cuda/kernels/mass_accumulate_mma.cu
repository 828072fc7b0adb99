// Mass that all rows of a pass gave to each key, on tensor cores: a second product of queries and
// keys, whose weights need no maximum because attention left the log-sum-exp of every row.
//
// A block owns a tile of keys and walks over the rows that see them. Order of additions for one key
// and query head, whatever the card: 8 / side parts (side: log2_side_by_side()), part i takes the
// rows r with r % (8 / side) == i one after the other, and the parts are joined pairwise,
// neighbours first.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "executor/cuda/kernels/key_products.hpp"

namespace kvfoot::cuda {
namespace {

struct AccumulateArgs {
  AccumulateMass mass;
  int log2_side;
};

// Grid (tiles of keys, bundles of query heads side by side). Blocks that start first own the
// earliest keys, which most rows see.
template <class S>
__global__ void __launch_bounds__(S::kThreads, 3) accumulate(AccumulateArgs args) {
  const AccumulateMass& mass = args.mass;
  const MassInput& input = mass.input;
  const int side = 1 << args.log2_side;
  const int rows = static_cast<int>(input.rows - mass.patch_rows);
  const Columns columns{static_cast<int>(blockIdx.y) * side, args.log2_side, 0, rows * side};
  const int head = columns.first_q / (input.q_heads / input.cache.heads);
  const int entries = input.cache.entries[head];
  const int past = entries - static_cast<int>(input.rows);
  const int begin = static_cast<int>(blockIdx.x) * S::kKeys;
  if (begin >= entries) {
    return;
  }
  std::byte* const ring = shared_memory();
  auto* const shift = reinterpret_cast<float*>(ring + S::kRingBytes);  // (3, kColumns)
  typename S::Keys keys;
  load_keys<S>(keys, input.cache, head, begin, ring);

  const int thread = static_cast<int>(threadIdx.x);
  const int warp = thread / 32;
  const int lane = thread % 32;
  const float scale = __fmul_rn(input.scale, kLog2E);
  // Row `begin - past` is the first that sees a key of the tile. Whole slots are skipped.
  const int first = max(begin - past, 0) * side / S::kColumns * S::kColumns;
  const auto shift_of = [&](int column) { return shift + column / S::kColumns % 3 * S::kColumns; };
  // Log-sum-exps to the base 2; columns that do not exist get weights of 2^-inf.
  const auto fetch = [&](int column) {
    const int at = column + thread;
    return thread < S::kColumns && at < columns.count
               ? mass.log_sum_exp[(columns.first_q + columns.q_of(at)) * input.rows +
                                  columns.row(at)]
               : INFINITY;
  };
  const auto place = [&](int column, float log_sum_exp) {
    if (thread < S::kColumns) {
      shift_of(column)[thread] = __fmul_rn(log_sum_exp, kLog2E);
    }
  };
  float sum[S::kTiles][2][2] = {};  // of keys lane / 4 and 8 more, even and odd columns
  const auto add = [&](const typename S::Scores& s, int column, auto edge) {
    const float* const shifts = shift_of(column) + lane % 4 * 2;
#pragma unroll
    for (int n = 0; n < S::kColumns / 8; ++n) {
      const float2 both = *reinterpret_cast<const float2*>(shifts + n * 8);
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        const int last_key = past + columns.row(column + n * 8 + lane % 4 * 2 + c);
#pragma unroll
        for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
          for (int h = 0; h < 2; ++h) {
            float weight =
                exp2_approx(__fmaf_rn(s[i][n][2 * h + c], scale, c == 0 ? -both.x : -both.y));
            if constexpr (edge.value) {
              const int key = begin + (warp * S::kTiles + i) * 16 + h * 8 + lane / 4;
              weight = key > last_key ? 0.0F : weight;
            }
            sum[i][h][c] = __fadd_rn(sum[i][h][c], weight);
          }
        }
      }
    }
  };
  const auto visit = [&](const typename S::Scores& s, int column) {
    if (begin + S::kKeys - 1 > past + columns.row(column)) {
      add(s, column, std::true_type{});
    } else {
      add(s, column, std::false_type{});
    }
  };
  for_columns<S>(keys, input, columns, first, ring, fetch, place, visit);

#pragma unroll
  for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      float even = sum[i][h][0];
      float odd = sum[i][h][1];
      if (side == 1) {
        even = __fadd_rn(even, odd);
      }
      if (side <= 2) {
        even = __fadd_rn(even, __shfl_xor_sync(kAllLanes, even, 1));
        odd = __fadd_rn(odd, __shfl_xor_sync(kAllLanes, odd, 1));
      }
      if (side <= 4) {
        even = __fadd_rn(even, __shfl_xor_sync(kAllLanes, even, 2));
        odd = __fadd_rn(odd, __shfl_xor_sync(kAllLanes, odd, 2));
      }
      const int key = begin + (warp * S::kTiles + i) * 16 + h * 8 + lane / 4;
      const int q = lane % 4 * 2;
      if (key >= entries || q >= side) {
        continue;
      }
      float* const to = mass.accumulated + (columns.first_q + q) * mass.stride + key;
      const bool before = key < past;
      *to = __fadd_rn(before ? *to : 0.0F, even);
      if (q + 1 < side) {
        to[mass.stride] = __fadd_rn(before ? to[mass.stride] : 0.0F, odd);
      }
    }
  }
}

template <class T, int kDim>
void launch_shape(const AccumulateMass& args, Stream stream) {
  using S = KeyShape<T, kDim>;
  const std::int32_t log2_side = log2_side_by_side(args.input);
  const Extent grid{static_cast<std::uint32_t>((args.input.longest + S::kKeys - 1) / S::kKeys),
                    static_cast<std::uint32_t>(args.input.q_heads >> log2_side)};
  KVFOOT_LAUNCH(accumulate<S>, grid, {S::kThreads}, S::kRingBytes + 3 * S::kColumns * sizeof(float),
                stream, AccumulateArgs{args, log2_side});
}

}  // namespace

void launch_accumulate_matrix(const AccumulateMass& args, Stream stream) {
  with_matrix_cache(args.input.cache, [&](auto scalar, auto dim) {
    launch_shape<decltype(scalar), decltype(dim)::value>(args, stream);
  });
}

}  // namespace kvfoot::cuda
