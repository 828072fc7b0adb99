// Sixteen floats with one meaning on every instruction set: same lanes, same operations, same bits.
//
// Included only by the kernel files of executor/cpu/simd, which are compiled once per instruction
// set. Nothing here may have a name that the linker could share between those copies: everything
// lies in a namespace of its own per set, and no standard template is used.
#pragma once

#if defined(KVFOOT_SIMD_V4) || defined(KVFOOT_SIMD_V3)
#include <immintrin.h>
#endif
#include <stdint.h>
#include <string.h>

#if defined(KVFOOT_SIMD_V4)
#define KVFOOT_SIMD_NAMESPACE simd_v4
#elif defined(KVFOOT_SIMD_V3)
#define KVFOOT_SIMD_NAMESPACE simd_v3
#else
#define KVFOOT_SIMD_NAMESPACE simd_plain
#endif

namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE {

constexpr int64_t kLanes = 16;

#if defined(KVFOOT_SIMD_V4)

struct Vec {
  __m512 v;
};

inline Vec zero() { return {_mm512_setzero_ps()}; }
inline Vec broadcast(float x) { return {_mm512_set1_ps(x)}; }
inline Vec load(const float* p) { return {_mm512_loadu_ps(p)}; }
inline void store(float* p, Vec a) { _mm512_storeu_ps(p, a.v); }
inline Vec fma(Vec a, Vec b, Vec c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
inline Vec add(Vec a, Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
inline Vec sub(Vec a, Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline Vec mul(Vec a, Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline Vec div(Vec a, Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
inline Vec max(Vec a, Vec b) { return {_mm512_max_ps(a.v, b.v)}; }
inline Vec min(Vec a, Vec b) { return {_mm512_min_ps(a.v, b.v)}; }
inline Vec load_bf16(const uint16_t* p) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16))};
}
inline Vec load_f16(const uint16_t* p) {
  return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}
// Lanes n and above become `other`.
inline Vec keep_first(Vec a, int64_t n, float other) {
  const auto mask = static_cast<__mmask16>((1U << n) - 1U);
  return {_mm512_mask_mov_ps(_mm512_set1_ps(other), mask, a.v)};
}
inline Vec zero_below(Vec a, Vec x, float limit) {  // x < limit ? 0 : a
  return {_mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x.v, _mm512_set1_ps(limit), _CMP_NLT_UQ), a.v)};
}
inline Vec round_even(Vec a) {
  return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
// 2^n for whole n in [-126, 127].
inline Vec power_of_two(Vec n) {
  const __m512i bits = _mm512_add_epi32(_mm512_cvtps_epi32(n.v), _mm512_set1_epi32(127));
  return {_mm512_castsi512_ps(_mm512_slli_epi32(bits, 23))};
}
// A register's worth of lanes: the unit that loops with many accumulators work on.
using Part = __m512;
constexpr int kParts = 1;
inline Part part_zero() { return _mm512_setzero_ps(); }
inline Part part_load(const float* p) { return _mm512_loadu_ps(p); }
inline Part part_fma(Part a, Part b, Part c) { return _mm512_fmadd_ps(a, b, c); }
inline Vec join(const Part* parts) { return {parts[0]}; }

struct Quad {  // four floats
  __m128 v;
};
// {sum of a, of b, of c, of d}, each as ((x0+x2)+(x1+x3)) per quarter, quarters (q0+q2)+(q1+q3).
inline Quad sum4(Vec a, Vec b, Vec c, Vec d) {
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a.v, b.v), _mm512_unpackhi_ps(a.v, b.v));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c.v, d.v), _mm512_unpackhi_ps(c.v, d.v));
  const __m512 quarters = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, _MM_SHUFFLE(1, 0, 1, 0)),
                                        _mm512_shuffle_ps(ab, cd, _MM_SHUFFLE(3, 2, 3, 2)));
  const __m256 halves =
      _mm256_add_ps(_mm512_castps512_ps256(quarters),
                    _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(quarters), 1)));
  return {_mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps(halves, 1))};
}
inline void store(float* p, Quad a) { _mm_storeu_ps(p, a.v); }
inline void add_to(float* p, Quad a) { _mm_storeu_ps(p, _mm_add_ps(_mm_loadu_ps(p), a.v)); }
inline float max_lane(Vec a) { return _mm512_reduce_max_ps(a.v); }

#elif defined(KVFOOT_SIMD_V3)

struct Vec {
  __m256 lo, hi;
};

inline Vec zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
inline Vec broadcast(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline Vec load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline void store(float* p, Vec a) {
  _mm256_storeu_ps(p, a.lo);
  _mm256_storeu_ps(p + 8, a.hi);
}
inline Vec fma(Vec a, Vec b, Vec c) {
  return {_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}
inline Vec add(Vec a, Vec b) { return {_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)}; }
inline Vec sub(Vec a, Vec b) { return {_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)}; }
inline Vec mul(Vec a, Vec b) { return {_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)}; }
inline Vec div(Vec a, Vec b) { return {_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)}; }
inline Vec max(Vec a, Vec b) { return {_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)}; }
inline Vec min(Vec a, Vec b) { return {_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)}; }
inline __m256 widen_bf16(const uint16_t* p) {
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}
inline Vec load_bf16(const uint16_t* p) { return {widen_bf16(p), widen_bf16(p + 8)}; }
inline Vec load_f16(const uint16_t* p) {
  return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
          _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 8)))};
}
inline __m256 lanes_below(int64_t n, int first) {
  const __m256i lane = _mm256_setr_epi32(first, first + 1, first + 2, first + 3, first + 4,
                                         first + 5, first + 6, first + 7);
  return _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane));
}
inline Vec keep_first(Vec a, int64_t n, float other) {
  const __m256 fill = _mm256_set1_ps(other);
  return {_mm256_blendv_ps(fill, a.lo, lanes_below(n, 0)),
          _mm256_blendv_ps(fill, a.hi, lanes_below(n, 8))};
}
inline Vec zero_below(Vec a, Vec x, float limit) {
  const __m256 bound = _mm256_set1_ps(limit);
  return {_mm256_and_ps(a.lo, _mm256_cmp_ps(x.lo, bound, _CMP_NLT_UQ)),
          _mm256_and_ps(a.hi, _mm256_cmp_ps(x.hi, bound, _CMP_NLT_UQ))};
}
inline Vec round_even(Vec a) {
  return {_mm256_round_ps(a.lo, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
          _mm256_round_ps(a.hi, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
inline __m256 power_of_two_half(__m256 n) {
  const __m256i bits = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
  return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 23));
}
inline Vec power_of_two(Vec n) { return {power_of_two_half(n.lo), power_of_two_half(n.hi)}; }

using Part = __m256;
constexpr int kParts = 2;
inline Part part_zero() { return _mm256_setzero_ps(); }
inline Part part_load(const float* p) { return _mm256_loadu_ps(p); }
inline Part part_fma(Part a, Part b, Part c) { return _mm256_fmadd_ps(a, b, c); }
inline Vec join(const Part* parts) { return {parts[0], parts[1]}; }

struct Quad {
  __m128 v;
};
inline __m256 sum_quarters(__m256 a, __m256 b, __m256 c, __m256 d) {
  const __m256 ab = _mm256_add_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
  const __m256 cd = _mm256_add_ps(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
  return _mm256_add_ps(_mm256_shuffle_ps(ab, cd, _MM_SHUFFLE(1, 0, 1, 0)),
                       _mm256_shuffle_ps(ab, cd, _MM_SHUFFLE(3, 2, 3, 2)));
}
inline Quad sum4(Vec a, Vec b, Vec c, Vec d) {
  const __m256 halves =
      _mm256_add_ps(sum_quarters(a.lo, b.lo, c.lo, d.lo), sum_quarters(a.hi, b.hi, c.hi, d.hi));
  return {_mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps(halves, 1))};
}
inline void store(float* p, Quad a) { _mm_storeu_ps(p, a.v); }
inline void add_to(float* p, Quad a) { _mm_storeu_ps(p, _mm_add_ps(_mm_loadu_ps(p), a.v)); }
inline float max_lane(Vec a) {
  const __m256 half = _mm256_max_ps(a.lo, a.hi);
  __m128 best = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
  best = _mm_max_ps(best, _mm_movehl_ps(best, best));
  return _mm_cvtss_f32(_mm_max_ss(best, _mm_shuffle_ps(best, best, 1)));
}

#else

struct Vec {
  float lane[16];
};

template <class F>
inline Vec each(F f) {
  Vec out;
  for (int i = 0; i < 16; ++i) {
    out.lane[i] = f(i);
  }
  return out;
}
inline Vec zero() { return Vec{}; }
inline Vec broadcast(float x) {
  return each([&](int) { return x; });
}
inline Vec load(const float* p) {
  return each([&](int i) { return p[i]; });
}
inline void store(float* p, Vec a) { memcpy(p, a.lane, sizeof a.lane); }
inline Vec fma(Vec a, Vec b, Vec c) {
  return each([&](int i) { return __builtin_fmaf(a.lane[i], b.lane[i], c.lane[i]); });
}
inline Vec add(Vec a, Vec b) {
  return each([&](int i) { return a.lane[i] + b.lane[i]; });
}
inline Vec sub(Vec a, Vec b) {
  return each([&](int i) { return a.lane[i] - b.lane[i]; });
}
inline Vec mul(Vec a, Vec b) {
  return each([&](int i) { return a.lane[i] * b.lane[i]; });
}
inline Vec div(Vec a, Vec b) {
  return each([&](int i) { return a.lane[i] / b.lane[i]; });
}
inline Vec max(Vec a, Vec b) {
  return each([&](int i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; });
}
inline Vec min(Vec a, Vec b) {
  return each([&](int i) { return a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]; });
}
inline float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
inline Vec load_bf16(const uint16_t* p) {
  return each([&](int i) { return from_bits(static_cast<uint32_t>(p[i]) << 16); });
}
inline float widen_f16(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000U) << 16;
  const uint32_t exponent = (h >> 10) & 0x1fU;
  const uint32_t fraction = h & 0x3ffU;
  if (exponent == 0) {  // zero and subnormals: fraction * 2^-24 is exact
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 0x1fU ? 0xffU : exponent + 112U;
  // A signalling NaN becomes quiet, as the hardware conversion does.
  const uint32_t quiet = exponent == 0x1fU && fraction != 0 ? 0x400000U : 0U;
  return from_bits(sign | (wide << 23) | (fraction << 13) | quiet);
}
inline Vec load_f16(const uint16_t* p) {
  return each([&](int i) { return widen_f16(p[i]); });
}
inline Vec keep_first(Vec a, int64_t n, float other) {
  return each([&](int i) { return i < n ? a.lane[i] : other; });
}
inline Vec zero_below(Vec a, Vec x, float limit) {
  return each([&](int i) { return x.lane[i] < limit ? 0.0F : a.lane[i]; });
}
inline Vec round_even(Vec a) {
  return each([&](int i) { return __builtin_rintf(a.lane[i]); });
}
inline Vec power_of_two(Vec n) {
  return each([&](int i) {
    return from_bits(static_cast<uint32_t>(static_cast<int>(n.lane[i]) + 127) << 23);
  });
}

using Part = Vec;
constexpr int kParts = 1;
inline Part part_zero() { return zero(); }
inline Part part_load(const float* p) { return load(p); }
inline Part part_fma(Part a, Part b, Part c) { return fma(a, b, c); }
inline Vec join(const Part* parts) { return parts[0]; }

struct Quad {
  float lane[4];
};
inline float sum_lanes(const Vec& a) {
  float quarter[4];
  for (int q = 0; q < 4; ++q) {
    const float* x = a.lane + 4 * q;
    quarter[q] = (x[0] + x[2]) + (x[1] + x[3]);
  }
  return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}
inline Quad sum4(Vec a, Vec b, Vec c, Vec d) {
  return {{sum_lanes(a), sum_lanes(b), sum_lanes(c), sum_lanes(d)}};
}
inline void store(float* p, Quad a) { memcpy(p, a.lane, sizeof a.lane); }
inline void add_to(float* p, Quad a) {
  for (int i = 0; i < 4; ++i) {
    p[i] += a.lane[i];
  }
}
inline float max_lane(Vec a) {
  float best = a.lane[0];
  for (int i = 1; i < 16; ++i) {
    best = a.lane[i] > best ? a.lane[i] : best;
  }
  return best;
}

#endif

inline float sum_lane(Vec a) {
  float out[4];
  store(out, sum4(a, a, a, a));
  return out[0];
}

// The first n < 16 elements, zeros behind them.
inline Vec load_first(const float* p, int64_t n) {
  float buffer[16] = {};
  memcpy(buffer, p, static_cast<size_t>(n) * sizeof(float));
  return load(buffer);
}
inline void store_first(float* p, Vec a, int64_t n) {
  float buffer[16];
  store(buffer, a);
  memcpy(p, buffer, static_cast<size_t>(n) * sizeof(float));
}

// e^x within 1 ulp or so for x in [-87.3, 88.3]; 0 below; x above 88.3 is not used here.
// Cephes' polynomial on [-ln 2 / 2, ln 2 / 2].
inline Vec exp(Vec x) {
  const Vec clamped = min(max(x, broadcast(-87.3F)), broadcast(88.3F));
  const Vec n = round_even(mul(clamped, broadcast(1.44269504088896341F)));
  Vec r = fma(n, broadcast(-0.693359375F), clamped);
  r = fma(n, broadcast(2.12194440e-4F), r);
  Vec p = broadcast(1.9875691500e-4F);
  p = fma(p, r, broadcast(1.3981999507e-3F));
  p = fma(p, r, broadcast(8.3334519073e-3F));
  p = fma(p, r, broadcast(4.1665795894e-2F));
  p = fma(p, r, broadcast(1.6666665459e-1F));
  p = fma(p, r, broadcast(5.0000001201e-1F));
  p = add(fma(p, mul(r, r), r), broadcast(1.0F));
  return zero_below(mul(p, power_of_two(n)), x, -87.3F);
}

}  // namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE
