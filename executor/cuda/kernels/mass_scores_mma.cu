// Scores of a few rows with all keys, on tensor cores.
#include "executor/cuda/kernels/key_products.hpp"

namespace kvfoot::cuda {
namespace {

struct ScoresArgs {
  SoftmaxRows softmax;
  int log2_side;
};

// Grid (tiles of keys, bundles of query heads side by side).
template <class S>
__global__ void __launch_bounds__(S::kThreads, 2) scores(ScoresArgs args) {
  const SoftmaxRows& softmax = args.softmax;
  const MassInput& input = softmax.input;
  const int rows = static_cast<int>(softmax.count);
  const int bundle = static_cast<int>(blockIdx.y) << args.log2_side;  // counted from first_q
  const Columns columns{softmax.first_q + bundle, args.log2_side,
                        static_cast<int>(softmax.first_row), rows << args.log2_side};
  const int head = columns.first_q / (input.q_heads / input.cache.heads);
  const int past = input.cache.entries[head] - static_cast<int>(input.rows);
  const int from = softmax.own_keys_only ? past : 0;
  const int begin = static_cast<int>(blockIdx.x) * S::kKeys;  // counted from `from`
  const int seen = past + columns.first_row + rows - from;
  if (begin >= seen) {
    return;
  }
  std::byte* const ring = shared_memory();
  typename S::Keys keys;
  load_keys<S>(keys, input.cache, head, from + begin, ring);
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const auto store = [&](const typename S::Scores& s, int column) {
#pragma unroll
    for (int n = 0; n < S::kColumns / 8; ++n) {
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        const int at = column + n * 8 + lane % 4 * 2 + c;
        if (at >= columns.count) {
          continue;
        }
        const std::int64_t q = bundle + columns.q_of(at);
        float* const to =
            softmax.probability + (q * rows + (at >> args.log2_side)) * softmax.stride;
#pragma unroll
        for (int i = 0; i < S::kTiles; ++i) {
#pragma unroll
          for (int h = 0; h < 2; ++h) {
            const int key = begin + (warp * S::kTiles + i) * 16 + h * 8 + lane / 4;
            if (key < seen) {
              to[key] = __fmul_rn(s[i][n][2 * h + c], input.scale);
            }
          }
        }
      }
    }
  };
  for_columns<S>(keys, input, columns, 0, ring, [](int) { return 0.0F; }, [](int, float) {}, store);
}

template <class T, int kDim>
void launch_shape(const SoftmaxRows& args, Stream stream) {
  using S = KeyShape<T, kDim>;
  std::int32_t log2_side = log2_side_by_side(args.input);
  const std::int32_t side = 1 << log2_side;
  if (args.first_q % side != 0 || args.q_count % side != 0) {
    log2_side = 0;
  }
  const std::int64_t keys = args.own_keys_only ? args.input.rows : args.input.longest;
  const Extent grid{static_cast<std::uint32_t>((keys + S::kKeys - 1) / S::kKeys),
                    static_cast<std::uint32_t>(args.q_count >> log2_side)};
  KVFOOT_LAUNCH(scores<S>, grid, {S::kThreads}, S::kRingBytes, stream, ScoresArgs{args, log2_side});
}

}  // namespace

void launch_scores_matrix(const SoftmaxRows& args, Stream stream) {
  with_matrix_cache(args.input.cache, [&](auto scalar, auto dim) {
    launch_shape<decltype(scalar), decltype(dim)::value>(args, stream);
  });
}

}  // namespace kvfoot::cuda
