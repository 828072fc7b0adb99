// Selection loops: plain, AVX2 and AVX-512. All give the same bytes.
#include "sim/policy/select_kernels.hpp"

#include <array>
#include <bit>
#include <limits>

#if defined(__x86_64__) && defined(__AVX2__)
#define KVFOOT_SELECT_X86
// g++ 12 takes the deliberately undefined operands of its own AVX-512 header for a mistake.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#endif

namespace kvfoot::select {
namespace {

constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();

std::size_t between_plain(std::span<const std::int32_t> keys, std::int32_t low, std::int32_t high,
                          std::int32_t* out, std::size_t* above) {
  std::size_t count = 0;
  std::size_t larger = 0;
  for (const std::int32_t key : keys) {
    out[count] = key;
    larger += key > high ? 1 : 0;
    count += key >= low && key <= high ? 1 : 0;
  }
  *above = larger;
  return count;
}

std::size_t between_plain(std::span<const float> scores, std::int32_t low, std::int32_t high,
                          std::int32_t* out, std::size_t* above) {
  std::size_t count = 0;
  std::size_t larger = 0;
  for (const float score : scores) {
    const std::int32_t key = order_key(score);
    out[count] = key;
    larger += key > high ? 1 : 0;
    count += key >= low && key <= high ? 1 : 0;
  }
  *above = larger;
  return count;
}

std::size_t emit_plain(std::span<const float> scores, std::int32_t key, std::size_t equal,
                       std::int32_t offset, std::int32_t* out) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::int32_t mine = order_key(scores[i]);
    const bool tie = mine == key && equal > 0;
    out[count] = offset + static_cast<std::int32_t>(i);
    count += mine > key || tie ? 1 : 0;
    equal -= tie ? 1 : 0;
  }
  return count;
}

#ifdef KVFOOT_SELECT_X86

// Byte i of entry m: the lane of the i-th set bit of m.
constexpr std::array<std::uint64_t, 256> compress_table() {
  std::array<std::uint64_t, 256> table{};
  for (unsigned mask = 0; mask < 256; ++mask) {
    unsigned at = 0;
    for (unsigned lane = 0; lane < 8; ++lane) {
      if ((mask >> lane & 1U) != 0) {
        table[mask] |= std::uint64_t{lane} << (8 * at++);
      }
    }
  }
  return table;
}
constexpr std::array<std::uint64_t, 256> kCompress = compress_table();

struct Avx2 {
  using Reg = __m256i;
  static constexpr std::size_t kLanes = 8;

  static Reg load(const std::int32_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const Reg*>(from));
  }
  static Reg load(const float* from) {
    const __m256 score = _mm256_add_ps(_mm256_loadu_ps(from), _mm256_setzero_ps());
    const Reg bits = _mm256_castps_si256(score);
    const Reg flip = _mm256_srli_epi32(_mm256_srai_epi32(bits, 31), 1);
    const Reg nan = _mm256_castps_si256(_mm256_cmp_ps(score, score, _CMP_UNORD_Q));
    return _mm256_blendv_epi8(_mm256_xor_si256(bits, flip), _mm256_set1_epi32(kLeast), nan);
  }
  static Reg all(std::int32_t value) { return _mm256_set1_epi32(value); }
  static Reg places() { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }
  static Reg add(Reg a, Reg b) { return _mm256_add_epi32(a, b); }
  static unsigned greater(Reg a, Reg b) {
    return static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(a, b))));
  }
  static unsigned equal(Reg a, Reg b) {
    return static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b))));
  }
  static void compress(std::int32_t* to, unsigned mask, Reg value) {
    const Reg lanes =
        _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(kCompress[mask])));
    _mm256_storeu_si256(reinterpret_cast<Reg*>(to), _mm256_permutevar8x32_epi32(value, lanes));
  }
};

#define KVFOOT_AVX512 __attribute__((target("avx512f"), always_inline))
struct Avx512 {
  using Reg = __m512i;
  static constexpr std::size_t kLanes = 16;

  KVFOOT_AVX512 static inline Reg load(const std::int32_t* from) {
    return _mm512_loadu_si512(from);
  }
  KVFOOT_AVX512 static inline Reg load(const float* from) {
    const __m512 score = _mm512_add_ps(_mm512_loadu_ps(from), _mm512_setzero_ps());
    const Reg bits = _mm512_castps_si512(score);
    const Reg flip = _mm512_srli_epi32(_mm512_srai_epi32(bits, 31), 1);
    const __mmask16 nan = _mm512_cmp_ps_mask(score, score, _CMP_UNORD_Q);
    return _mm512_mask_mov_epi32(_mm512_xor_si512(bits, flip), nan, _mm512_set1_epi32(kLeast));
  }
  KVFOOT_AVX512 static inline Reg all(std::int32_t value) { return _mm512_set1_epi32(value); }
  KVFOOT_AVX512 static inline Reg places() {
    return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }
  KVFOOT_AVX512 static inline Reg add(Reg a, Reg b) { return _mm512_add_epi32(a, b); }
  KVFOOT_AVX512 static inline unsigned greater(Reg a, Reg b) {
    return _mm512_cmpgt_epi32_mask(a, b);
  }
  KVFOOT_AVX512 static inline unsigned equal(Reg a, Reg b) { return _mm512_cmpeq_epi32_mask(a, b); }
  KVFOOT_AVX512 static inline void compress(std::int32_t* to, unsigned mask, Reg value) {
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(static_cast<__mmask16>(mask), value));
  }
};

// The bodies are macros because a template cannot take the target of its caller.
#define KVFOOT_BETWEEN(Isa, Scalar)                                       \
  const typename Isa::Reg least = Isa::all(low);                          \
  const typename Isa::Reg most = Isa::all(high);                          \
  std::size_t count = 0;                                                  \
  std::size_t larger = 0;                                                 \
  std::size_t i = 0;                                                      \
  for (; i + Isa::kLanes <= from.size(); i += Isa::kLanes) {              \
    const typename Isa::Reg key = Isa::load(from.data() + i);             \
    const unsigned over = Isa::greater(key, most);                        \
    const unsigned under = Isa::greater(least, key);                      \
    const unsigned within = ~(over | under) & ((1U << Isa::kLanes) - 1);  \
    Isa::compress(out + count, within, key);                              \
    count += static_cast<std::size_t>(std::popcount(within));             \
    larger += static_cast<std::size_t>(std::popcount(over));              \
  }                                                                       \
  std::size_t rest = 0;                                                   \
  count += between_plain(from.subspan(i), low, high, out + count, &rest); \
  *above = larger + rest;                                                 \
  return count;

#define KVFOOT_EMIT(Isa)                                                                          \
  const typename Isa::Reg threshold = Isa::all(key);                                              \
  const typename Isa::Reg step = Isa::all(static_cast<std::int32_t>(Isa::kLanes));                \
  typename Isa::Reg place = Isa::add(Isa::places(), Isa::all(offset));                            \
  std::size_t count = 0;                                                                          \
  std::size_t i = 0;                                                                              \
  for (; i + Isa::kLanes <= scores.size(); i += Isa::kLanes) {                                    \
    const typename Isa::Reg mine = Isa::load(scores.data() + i);                                  \
    unsigned keep = Isa::greater(mine, threshold);                                                \
    unsigned ties = Isa::equal(mine, threshold);                                                  \
    for (; ties != 0 && equal > 0; ties &= ties - 1, --equal) {                                   \
      keep |= ties & (~ties + 1U);                                                                \
    }                                                                                             \
    Isa::compress(out + count, keep, place);                                                      \
    count += static_cast<std::size_t>(std::popcount(keep));                                       \
    place = Isa::add(place, step);                                                                \
  }                                                                                               \
  return count + emit_plain(scores.subspan(i), key, equal, offset + static_cast<std::int32_t>(i), \
                            out + count);

std::size_t between_scores_avx2(std::span<const float> from, std::int32_t low, std::int32_t high,
                                std::int32_t* out,
                                std::size_t* above){KVFOOT_BETWEEN(Avx2, float)} std::size_t
    between_keys_avx2(std::span<const std::int32_t> from, std::int32_t low, std::int32_t high,
                      std::int32_t* out,
                      std::size_t* above){KVFOOT_BETWEEN(Avx2, std::int32_t)} std::size_t
    emit_avx2(std::span<const float> scores, std::int32_t key, std::size_t equal,
              std::int32_t offset, std::int32_t* out) {
  KVFOOT_EMIT(Avx2)
}

__attribute__((target("avx512f,popcnt"))) std::size_t between_scores_avx512(
    std::span<const float> from, std::int32_t low, std::int32_t high, std::int32_t* out,
    std::size_t* above) {
  KVFOOT_BETWEEN(Avx512, float)
}
__attribute__((target("avx512f,popcnt"))) std::size_t between_keys_avx512(
    std::span<const std::int32_t> from, std::int32_t low, std::int32_t high, std::int32_t* out,
    std::size_t* above) {
  KVFOOT_BETWEEN(Avx512, std::int32_t)
}
__attribute__((target("avx512f,popcnt"))) std::size_t emit_avx512(std::span<const float> scores,
                                                                  std::int32_t key,
                                                                  std::size_t equal,
                                                                  std::int32_t offset,
                                                                  std::int32_t* out) {
  KVFOOT_EMIT(Avx512)
}

#undef KVFOOT_EMIT
#undef KVFOOT_BETWEEN
#undef KVFOOT_AVX512
#endif  // KVFOOT_SELECT_X86

constexpr Kernels kAll[] = {
    {"plain", between_plain, between_plain, emit_plain},
#ifdef KVFOOT_SELECT_X86
    {"avx2", between_scores_avx2, between_keys_avx2, emit_avx2},
    {"avx512", between_scores_avx512, between_keys_avx512, emit_avx512},
#endif
};

}  // namespace

std::span<const Kernels> kernels() {
  std::size_t count = 1;
#ifdef KVFOOT_SELECT_X86
  count = __builtin_cpu_supports("avx512f") != 0 ? 3 : 2;
#endif
  return std::span(kAll).first(count);
}

}  // namespace kvfoot::select
