// 16-bit scalars as kernels hold them: bits, converted explicitly.
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#else
#include "executor/cuda/emulator/cuda_words.hpp"
#include "executor/model/weight_type.hpp"
#endif

namespace kvfoot::cuda {

struct BFloat16 {
  static constexpr bool kBrain = true;  // the exponent of fp32
  std::uint16_t bits;
};
struct Float16 {
  static constexpr bool kBrain = false;
  std::uint16_t bits;
};

__device__ __forceinline__ float to_float(float x) { return x; }
// Round to nearest, ties to even.
template <class T>
__device__ __forceinline__ T from_float(float x);
template <>
__device__ __forceinline__ float from_float<float>(float x) {
  return x;
}

#if defined(__CUDACC__)
__device__ __forceinline__ float to_float(BFloat16 x) {
  return __uint_as_float(static_cast<std::uint32_t>(x.bits) << 16);
}
__device__ __forceinline__ float to_float(Float16 x) {
  return __half2float(__ushort_as_half(x.bits));
}
template <>
__device__ __forceinline__ BFloat16 from_float<BFloat16>(float x) {
  return {__bfloat16_as_ushort(__float2bfloat16_rn(x))};
}
template <>
__device__ __forceinline__ Float16 from_float<Float16>(float x) {
  return {__half_as_ushort(__float2half_rn(x))};
}
#else
inline float to_float(BFloat16 x) { return bf16_to_float(x.bits); }
inline float to_float(Float16 x) { return f16_to_float(x.bits); }
template <>
inline BFloat16 from_float<BFloat16>(float x) {
  return {float_to_bf16(x)};
}
template <>
inline Float16 from_float<Float16>(float x) {
  return {float_to_f16(x)};
}
#endif

// Two neighbours as tensor cores take them: `low` in the lower half.
template <class T>
__device__ __forceinline__ std::uint32_t pack(float low, float high) {
#if defined(__CUDACC__)  // one instruction for both, the same rounding
  std::uint32_t pair;
  if constexpr (T::kBrain) {
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  } else {
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  }
  return pair;
#else
  return static_cast<std::uint32_t>(from_float<T>(low).bits) |
         static_cast<std::uint32_t>(from_float<T>(high).bits) << 16;
#endif
}
template <class T>
__device__ __forceinline__ float unpack_low(std::uint32_t pair) {
  return to_float(T{static_cast<std::uint16_t>(pair & 0xffffU)});
}
template <class T>
__device__ __forceinline__ float unpack_high(std::uint32_t pair) {
  return to_float(T{static_cast<std::uint16_t>(pair >> 16)});
}

// 2^x to about two units in the last place, results below 2^-126 are 0; 2^-inf is 0.
__device__ __forceinline__ float exp2_approx(float x) {
#if defined(__CUDACC__)
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  const float y = exp2f(x);
  return y < 1.17549435e-38F ? 0.0F : y;
#endif
}

}  // namespace kvfoot::cuda
