// Products of one row with a matrix from single scalars: any k, any alignment.
#include "executor/cuda/kernels/gemv_parts.hpp"

namespace kvfoot::cuda {
namespace {

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

template <class T>
__global__ void __launch_bounds__(kGemvThreads) gemv_plain_kernel(Gemv args) {
  const int thread = static_cast<int>(threadIdx.x);
  float factor = 0;
  if (args.norm != nullptr) {
    float squares = 0;
    for (std::int64_t column = thread * 4; column < args.k; column += kGemvThreads * 4) {
      float quad[4];
      load_quad(static_cast<const float*>(args.x), column, args.k, quad);
      squares = add_squares(squares, quad);
    }
    factor = norm_factor(squares, args.k, args.epsilon, reinterpret_cast<float*>(shared_memory()));
  }
  const std::int64_t pieces = (args.k + kPerPiece<T> - 1) / kPerPiece<T>;
  const std::int64_t pairs = pairs_of(args);
  for (std::int64_t pair = first_pair(); pair < pairs; pair += pair_stride()) {
    const float before = value_before(args, pair);
    float sum[kGemvRows][2] = {};
    for (std::int64_t piece = thread % 32; piece < pieces; piece += 32) {
      float values[kPerPiece<T>];
      float weights[kGemvRows][kPerPiece<T>];
#pragma unroll
      for (int i = 0; i < kPerPiece<T>; ++i) {
        const std::int64_t column = piece * kPerPiece<T> + i;
        const bool inside = column < args.k;
        values[i] = inside ? element(args.x, args.x_type, column) : 0.0F;
        if (args.norm != nullptr && inside) {
          values[i] = to_float(from_float<T>(normed(values[i], factor, args.norm[column])));
        }
#pragma unroll
        for (int r = 0; r < kGemvRows; ++r) {
          const std::int64_t j = row_of(args, pair, r);
          weights[r][i] = inside && j < args.n
                              ? to_float(static_cast<const T*>(args.w)[j * args.k + column])
                              : 0.0F;
        }
      }
#pragma unroll
      for (int r = 0; r < kGemvRows; ++r) {
        add_products(weights[r], values, sum[r]);
      }
    }
    finish_pair(args, pair, sum, before);
  }
}

}  // namespace

void launch_gemv_plain(const Gemv& args, Stream stream) {
  with_scalar(args.type, [&](auto scalar) {
    KVFOOT_LAUNCH(gemv_plain_kernel<decltype(scalar)>, gemv_grid(args), Extent{kGemvThreads},
                  kNormWarps * sizeof(float), stream, args);
  });
}

}  // namespace kvfoot::cuda
