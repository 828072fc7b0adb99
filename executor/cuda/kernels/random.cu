// Seeded random weights; bound by integer arithmetic (some 20 operations of 64 bits per element).
#include "executor/cuda/kernels/random.hpp"

#include "executor/cuda/kernels/vectors.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWide = 8;  // elements per thread where they fill whole pieces

// mix64 of sim/core/hash.hpp.
__device__ __forceinline__ std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

__device__ __forceinline__ float random_value(const RandomFill& args, std::int64_t i) {
  const std::uint64_t h = mix(args.key + args.first + static_cast<std::uint64_t>(i));
  const auto sum = static_cast<std::int32_t>((h & 0xffffU) + ((h >> 16) & 0xffffU) +
                                             ((h >> 32) & 0xffffU) + (h >> 48));
  return __fadd_rn(args.offset, __fmul_rn(args.scale, static_cast<float>(sum - 2 * 65535)));
}

template <class T, int kStep>
__global__ void __launch_bounds__(kThreads) random_fill_kernel(RandomFill args) {
  const std::int64_t i = thread_index() * kStep;
  T* out = static_cast<T*>(args.out);
  if (i + kStep <= args.count) {
    float values[kStep];
#pragma unroll
    for (int c = 0; c < kStep; ++c) {
      values[c] = random_value(args, i + c);
    }
    store_floats(out + i, values);
    return;
  }
  for (std::int64_t c = i; c < args.count; ++c) {
    out[c] = from_float<T>(random_value(args, c));
  }
}

}  // namespace

void launch_random_fill(const RandomFill& args, Stream stream) {
  if (args.count == 0) {
    return;
  }
  const bool wide = aligned_16(args.out);
  const Extent grid{blocks_for(args.count, kThreads * (wide ? kWide : 1))};
  const Extent block{kThreads};
  with_scalar(args.type, [&](auto scalar) {
    using T = decltype(scalar);
    if (wide) {
      KVFOOT_LAUNCH((random_fill_kernel<T, kWide>), grid, block, 0, stream, args);
    } else {
      KVFOOT_LAUNCH((random_fill_kernel<T, 1>), grid, block, 0, stream, args);
    }
  });
}

}  // namespace kvfoot::cuda
