// The words of CUDA C++ that kernels use, for the host compiler. Only kernel files and their tests
// include this (through executor/cuda/primitives): it defines macros and global names.
#pragma once

#include <math.h>  // NOLINT(modernize-deprecated-headers): the global isnan and so on

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <type_traits>

#include "executor/cuda/emulator/warp.hpp"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline
#define __grid_constant__
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))

// NOLINTBEGIN(readability-identifier-naming): CUDA's names.

struct alignas(4) uchar4 {
  std::uint8_t x, y, z, w;
};
struct alignas(4) ushort2 {
  std::uint16_t x, y;
};
struct alignas(8) ushort4 {
  std::uint16_t x, y, z, w;
};
struct alignas(8) int2 {
  int x, y;
};
struct int3 {
  int x, y, z;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct uint3 {
  unsigned x, y, z;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(8) float2 {
  float x, y;
};
struct float3 {
  float x, y, z;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
struct alignas(16) longlong2 {
  long long x, y;
};
struct alignas(16) ulonglong2 {
  unsigned long long x, y;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};

inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return {x, y, z}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float3 make_float3(float x, float y, float z) { return {x, y, z}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline ushort2 make_ushort2(std::uint16_t x, std::uint16_t y) { return {x, y}; }
inline ushort4 make_ushort4(std::uint16_t x, std::uint16_t y, std::uint16_t z, std::uint16_t w) {
  return {x, y, z, w};
}
inline longlong2 make_longlong2(long long x, long long y) { return {x, y}; }
inline ulonglong2 make_ulonglong2(unsigned long long x, unsigned long long y) { return {x, y}; }

inline constexpr int warpSize = 32;
// Of the thread that runs; set whenever a thread goes on.
inline constinit thread_local uint3 threadIdx{};
inline constinit thread_local uint3 blockIdx{};
inline constinit thread_local dim3 blockDim{};
inline constinit thread_local dim3 gridDim{};

// --- Barriers and warp collectives ---------------------------------------------------------------

namespace kvfoot::cuda::emulator {

struct ShuffleOperands {
  std::uint64_t value;   // in: offered; out: received
  std::uint32_t source;  // the lane whose value is wanted
};
extern const Collective kShuffle, kShuffleUp, kShuffleDown, kShuffleXor;
struct VoteOperands {
  std::uint64_t value;   // in
  std::uint32_t result;  // out
};
extern const Collective kBallot, kAny, kAll, kMatchAny, kSyncWarp;
extern const Collective kReduceAdd, kReduceMin, kReduceMax, kReduceAnd, kReduceOr, kReduceXor;
extern const Collective kReduceMinSigned, kReduceMaxSigned;

template <class T>
T shuffle(const Collective& kind, std::uint32_t mask, T value, std::uint32_t source,
          std::source_location where) {
  static_assert(std::is_arithmetic_v<T> && sizeof(T) <= 8);
  ShuffleOperands operands{0, source};
  std::memcpy(&operands.value, &value, sizeof(T));
  converge(kind, mask, &operands, where);
  std::memcpy(&value, &operands.value, sizeof(T));
  return value;
}
inline std::uint32_t vote(const Collective& kind, std::uint32_t mask, std::uint64_t value,
                          std::source_location where) {
  VoteOperands operands{value, 0};
  converge(kind, mask, &operands, where);
  return operands.result;
}

}  // namespace kvfoot::cuda::emulator

#define KVFOOT_HERE std::source_location where = std::source_location::current()

inline void __syncthreads(KVFOOT_HERE) { kvfoot::cuda::emulator::block_barrier(where); }
inline void __syncwarp(unsigned mask = 0xffffffffU, KVFOOT_HERE) {
  kvfoot::cuda::emulator::converge(kvfoot::cuda::emulator::kSyncWarp, mask, nullptr, where);
}

// Segments of `width` lanes (a power of two); a lane that asks beyond its segment gets its own
// value, but __shfl_sync wraps around.
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  const std::uint32_t lane = e::running_lane;
  const auto w = static_cast<std::uint32_t>(width);
  const std::uint32_t from = (lane & ~(w - 1)) | (static_cast<std::uint32_t>(source) & (w - 1));
  return e::shuffle(e::kShuffle, mask, value, from, where);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  const std::uint32_t lane = e::running_lane;
  const std::uint32_t in_segment = lane & (static_cast<std::uint32_t>(width) - 1);
  return e::shuffle(e::kShuffleUp, mask, value, distance <= in_segment ? lane - distance : lane,
                    where);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  const std::uint32_t lane = e::running_lane;
  const auto w = static_cast<std::uint32_t>(width);
  const std::uint32_t in_segment = lane & (w - 1);
  return e::shuffle(e::kShuffleDown, mask, value,
                    distance < w - in_segment ? lane + distance : lane, where);
}
// A lane may read from earlier segments but not from later ones.
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  const std::uint32_t lane = e::running_lane;
  const std::uint32_t segment_end = (lane | (static_cast<std::uint32_t>(width) - 1)) + 1;
  const std::uint32_t from = lane ^ static_cast<std::uint32_t>(lanes);
  return e::shuffle(e::kShuffleXor, mask, value, from < segment_end ? from : lane, where);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return e::vote(e::kBallot, mask, predicate != 0 ? 1 : 0, where);
}
inline int __any_sync(unsigned mask, int predicate, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return static_cast<int>(e::vote(e::kAny, mask, predicate != 0 ? 1 : 0, where));
}
inline int __all_sync(unsigned mask, int predicate, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return static_cast<int>(e::vote(e::kAll, mask, predicate != 0 ? 1 : 0, where));
}
template <class T>
unsigned __match_any_sync(unsigned mask, T value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return e::vote(e::kMatchAny, mask, bits, where);
}
template <class T>
  requires std::same_as<T, int> || std::same_as<T, unsigned>
T __reduce_add_sync(unsigned mask, T value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return static_cast<T>(e::vote(e::kReduceAdd, mask, static_cast<std::uint32_t>(value), where));
}
template <class T>
  requires std::same_as<T, int> || std::same_as<T, unsigned>
T __reduce_min_sync(unsigned mask, T value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return static_cast<T>(e::vote(std::is_signed_v<T> ? e::kReduceMinSigned : e::kReduceMin, mask,
                                static_cast<std::uint32_t>(value), where));
}
template <class T>
  requires std::same_as<T, int> || std::same_as<T, unsigned>
T __reduce_max_sync(unsigned mask, T value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return static_cast<T>(e::vote(std::is_signed_v<T> ? e::kReduceMaxSigned : e::kReduceMax, mask,
                                static_cast<std::uint32_t>(value), where));
}
inline unsigned __reduce_and_sync(unsigned mask, unsigned value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return e::vote(e::kReduceAnd, mask, value, where);
}
inline unsigned __reduce_or_sync(unsigned mask, unsigned value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return e::vote(e::kReduceOr, mask, value, where);
}
inline unsigned __reduce_xor_sync(unsigned mask, unsigned value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return e::vote(e::kReduceXor, mask, value, where);
}
#undef KVFOOT_HERE

// --- Memory --------------------------------------------------------------------------------------

// Emulated threads take turns on one host thread: plain steps are atomic, and nothing is reordered
// between them.
inline void __threadfence() {}
inline void __threadfence_block() {}
template <class T>
T __ldg(const T* address) {
  return *address;
}
template <class T>
T __ldcs(const T* address) {
  return *address;
}
template <class T>
T __ldcg(const T* address) {
  return *address;
}
template <class T>
void __stcs(T* address, T value) {
  *address = value;
}
template <class T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
  const T old = *address;
  *address = static_cast<T>(old + value);
  return old;
}
template <class T>
T atomicMax(T* address, std::type_identity_t<T> value) {
  const T old = *address;
  *address = old < value ? value : old;
  return old;
}
template <class T>
T atomicMin(T* address, std::type_identity_t<T> value) {
  const T old = *address;
  *address = value < old ? value : old;
  return old;
}
template <class T>
T atomicExch(T* address, std::type_identity_t<T> value) {
  const T old = *address;
  *address = value;
  return old;
}
template <class T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  const T old = *address;
  if (old == expected) {
    *address = value;
  }
  return old;
}
template <class T>
T atomicOr(T* address, std::type_identity_t<T> value) {
  const T old = *address;
  *address = old | value;
  return old;
}
template <class T>
T atomicAnd(T* address, std::type_identity_t<T> value) {
  const T old = *address;
  *address = old & value;
  return old;
}

// --- Arithmetic ----------------------------------------------------------------------------------

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fmaf(a, b, c); }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline float __frcp_rn(float a) { return 1.0F / a; }
inline float __frsqrt_rn(float a) { return static_cast<float>(1.0 / std::sqrt(double{a})); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __saturatef(float a) { return a > 0 ? (a < 1 ? a : 1.0F) : 0.0F; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double a) { return std::sqrt(a); }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }
// Macros, since the C library declares some of these names, or will, with C linkage.
#define rsqrtf(x) (1.0F / std::sqrt(float{x}))
#define rsqrt(x) (1.0 / std::sqrt(double{x}))
#define __expf(x) std::exp(float{x})
#define __exp10f(x) std::pow(10.0F, float{x})
#define __logf(x) std::log(float{x})
#define __log2f(x) std::log2(float{x})
#define __sinf(x) std::sin(float{x})
#define __cosf(x) std::cos(float{x})
#define __powf(x, y) std::pow(float{x}, float{y})

inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }
inline long long __double_as_longlong(double x) { return std::bit_cast<long long>(x); }
inline double __longlong_as_double(long long x) { return std::bit_cast<double>(x); }
inline float __double2float_rn(double x) { return static_cast<float>(x); }
inline float __int2float_rn(int x) { return static_cast<float>(x); }
inline float __uint2float_rn(unsigned x) { return static_cast<float>(x); }
inline float __ll2float_rn(long long x) { return static_cast<float>(x); }
inline float __ull2float_rn(unsigned long long x) { return static_cast<float>(x); }
inline double __int2double_rn(int x) { return x; }
inline double __ll2double_rn(long long x) { return static_cast<double>(x); }
inline int __float2int_rn(float x) { return static_cast<int>(std::nearbyint(x)); }
inline int __float2int_rz(float x) { return static_cast<int>(x); }

inline int __popc(unsigned x) { return std::popcount(x); }
inline int __popcll(unsigned long long x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline int __clzll(long long x) { return std::countl_zero(static_cast<unsigned long long>(x)); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline unsigned __brev(unsigned x) {
  unsigned reversed = 0;
  for (int bit = 0; bit < 32; ++bit) {
    reversed |= (x >> bit & 1U) << (31 - bit);
  }
  return reversed;
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(static_cast<std::uint64_t>(a) * b >> 32);
}
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>(static_cast<Wide>(a) * b >> 64);
}
inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
  const std::uint64_t bytes = x | static_cast<std::uint64_t>(y) << 32;
  unsigned result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned pick = selector >> (4 * i) & 0xfU;
    auto byte = static_cast<unsigned>(bytes >> (8 * (pick & 7U)) & 0xffU);
    if ((pick & 8U) != 0) {  // the sign, spread
      byte = (byte & 0x80U) != 0 ? 0xffU : 0;
    }
    result |= byte << (8 * i);
  }
  return result;
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  const std::uint64_t both = low | static_cast<std::uint64_t>(high) << 32;
  return static_cast<unsigned>(both >> (shift & 31U));
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  const std::uint64_t both = low | static_cast<std::uint64_t>(high) << 32;
  return static_cast<unsigned>((both << (shift & 31U)) >> 32);
}

inline int min(int a, int b) { return b < a ? b : a; }
inline int max(int a, int b) { return a < b ? b : a; }
inline unsigned min(unsigned a, unsigned b) { return b < a ? b : a; }
inline unsigned max(unsigned a, unsigned b) { return a < b ? b : a; }
inline long min(long a, long b) { return b < a ? b : a; }
inline long max(long a, long b) { return a < b ? b : a; }
inline unsigned long min(unsigned long a, unsigned long b) { return b < a ? b : a; }
inline unsigned long max(unsigned long a, unsigned long b) { return a < b ? b : a; }
inline long long min(long long a, long long b) { return b < a ? b : a; }
inline long long max(long long a, long long b) { return a < b ? b : a; }
inline unsigned long long min(unsigned long long a, unsigned long long b) { return b < a ? b : a; }
inline unsigned long long max(unsigned long long a, unsigned long long b) { return a < b ? b : a; }
inline float min(float a, float b) { return std::fmin(a, b); }
inline float max(float a, float b) { return std::fmax(a, b); }
inline double min(double a, double b) { return std::fmin(a, b); }
inline double max(double a, double b) { return std::fmax(a, b); }

inline void __trap() { kvfoot::cuda::emulator::thread_failed("__trap()"); }

// NOLINTEND(readability-identifier-naming)
