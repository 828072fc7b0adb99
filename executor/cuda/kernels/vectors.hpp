// Neighbouring scalars moved together and computed with as floats; included by kernel files only.
#pragma once

#include <cstdint>
#include <cstring>

#include "executor/cuda/primitives/kernel.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot::cuda {

// 16 aligned bytes, global or shared.
__device__ __forceinline__ uint4 load_16(const void* from) {
#if defined(__CUDACC__)
  return *static_cast<const uint4*>(from);
#else
  emulator::check_aligned(from, "load_16");
  uint4 value;
  std::memcpy(&value, from, sizeof(value));
  return value;
#endif
}
__device__ __forceinline__ void store_16(void* to, uint4 value) {
#if defined(__CUDACC__)
  *static_cast<uint4*>(to) = value;
#else
  emulator::check_aligned(to, "store_16");
  std::memcpy(to, &value, sizeof(value));
#endif
}

// The index of this thread among all threads of a one-dimensional grid.
__device__ __forceinline__ std::int64_t thread_index() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

// The 16 / sizeof(T) scalars of 16 bytes.
template <class T>
constexpr int kPerPiece = 16 / static_cast<int>(sizeof(T));

template <class T>
__device__ __forceinline__ void unpack(uint4 piece, float* out) {
  const std::uint32_t words[4] = {piece.x, piece.y, piece.z, piece.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if constexpr (sizeof(T) == 4) {
      out[i] = __uint_as_float(words[i]);
    } else {
      out[2 * i] = unpack_low<T>(words[i]);
      out[2 * i + 1] = unpack_high<T>(words[i]);
    }
  }
}

// Rounded to T.
template <class T>
__device__ __forceinline__ uint4 pack_piece(const float* values) {
  std::uint32_t words[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if constexpr (sizeof(T) == 4) {
      words[i] = __float_as_uint(values[i]);
    } else {
      words[i] = pack<T>(values[2 * i], values[2 * i + 1]);
    }
  }
  return {words[0], words[1], words[2], words[3]};
}

// N neighbours; in pieces of 16 bytes when N of them fill such pieces (`from` is aligned to 16
// then), else one by one.
template <class T, int N>
__device__ __forceinline__ void load_floats(const T* from, float (&out)[N]) {
  if constexpr (N % kPerPiece<T> == 0) {
#pragma unroll
    for (int i = 0; i < N; i += kPerPiece<T>) {
      unpack<T>(load_16(from + i), out + i);
    }
  } else {
#pragma unroll
    for (int i = 0; i < N; ++i) {
      out[i] = to_float(from[i]);
    }
  }
}
template <class T, int N>
__device__ __forceinline__ void store_floats(T* to, const float (&values)[N]) {
  if constexpr (N % kPerPiece<T> == 0) {
#pragma unroll
    for (int i = 0; i < N; i += kPerPiece<T>) {
      store_16(to + i, pack_piece<T>(values + i));
    }
  } else if constexpr (N * sizeof(T) == 8 && sizeof(T) == 2) {
    *reinterpret_cast<uint2*>(to) =
        uint2{pack<T>(values[0], values[1]), pack<T>(values[2], values[3])};
  } else {
#pragma unroll
    for (int i = 0; i < N; ++i) {
      to[i] = from_float<T>(values[i]);
    }
  }
}

// y[i] = value, y of a type known at run time.
__device__ __forceinline__ void store_as(DType type, void* y, std::int64_t i, float value) {
  switch (type) {
    case DType::kF32:
      static_cast<float*>(y)[i] = value;
      break;
    case DType::kF16:
      static_cast<Float16*>(y)[i] = from_float<Float16>(value);
      break;
    case DType::kBF16:
      static_cast<BFloat16*>(y)[i] = from_float<BFloat16>(value);
      break;
  }
}

// gate / (1 + e^-gate) * up; no contraction.
__device__ __forceinline__ float gated(float gate, float up) {
  return __fmul_rn(__fdiv_rn(gate, __fadd_rn(1.0F, expf(-gate))), up);
}

// The pair (a, b) turned by the angle of that cosine and sine, as the CPU backend rounds it.
__device__ __forceinline__ void turn(float& a, float& b, float cosine, float sine) {
  const float first = __fsub_rn(__fmul_rn(a, cosine), __fmul_rn(b, sine));
  b = __fadd_rn(__fmul_rn(b, cosine), __fmul_rn(a, sine));
  a = first;
}

// Neighbouring scalars, and as many that lie `half` further: the pairs that RoPE turns.
template <int kStep>
struct Halves {
  float low[kStep];
  float high[kStep];

  template <class T>
  __device__ __forceinline__ void load(const T* from, std::int32_t half) {
    load_floats(from, low);
    load_floats(from + half, high);
  }
  template <class T>
  __device__ __forceinline__ void store(T* to, std::int32_t half) const {
    store_floats(to, low);
    store_floats(to + half, high);
  }
  // By the angles of kStep pairs.
  __device__ __forceinline__ void turn_by(const float* cosines, const float* sines) {
    float cosine[kStep];
    float sine[kStep];
    load_floats(cosines, cosine);
    load_floats(sines, sine);
#pragma unroll
    for (int c = 0; c < kStep; ++c) {
      turn(low[c], high[c], cosine[c], sine[c]);
    }
  }
};

// Host: calls body with a scalar of the type.
template <class Body>
void with_scalar(DType type, Body&& body) {
  switch (type) {
    case DType::kF32:
      body(float{});
      break;
    case DType::kF16:
      body(Float16{});
      break;
    case DType::kBF16:
      body(BFloat16{});
      break;
  }
}

inline bool aligned_16(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0;
}

template <class Count>
constexpr std::uint32_t blocks_for(Count items, int per_block) {
  return static_cast<std::uint32_t>((items + per_block - 1) / per_block);
}

}  // namespace kvfoot::cuda
