// Probability codes of traces: unsigned floating numbers of 16 and 8 bits, so that the relative
// error is bounded, order is kept, and decoding is a shift (docs/trace-format.md, "Codes").
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace kvfoot {

// 16 bits: the fp32 bits of the value from 2^-31 upwards, cut to 11 mantissa bits and rounded to
// nearest. Code 0 is 0 and stands for everything below about 2^-31. Values from 0 to just under 2;
// relative error at most 2^-12; monotone: a < b never decodes to a > b.
constexpr std::uint32_t kCode16Base = 96U << 23;  // bits of 2^-31
constexpr float kCode16Error = 0x1.0p-12F;

// Negative values and NaN give 0.
[[nodiscard]] constexpr std::uint16_t encode16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  // Signs set the top bit, so negative values look huge: compare as signed. NaN exceeds infinity.
  const auto signed_bits = static_cast<std::int32_t>(bits);
  if (signed_bits < static_cast<std::int32_t>(kCode16Base) || bits > 0x7f800000U) {
    return 0;
  }
  const std::uint32_t code = (bits - kCode16Base + 0x800U) >> 12;
  return static_cast<std::uint16_t>(code < 0xffffU ? code : 0xffffU);
}

[[nodiscard]] constexpr float decode16(std::uint16_t code) {
  const std::uint32_t bits = (static_cast<std::uint32_t>(code) << 12) + kCode16Base;
  return std::bit_cast<float>(code == 0 ? 0U : bits);
}

// 8 bits, for values relative to a scale near their maximum: 4 exponent bits from 2^-15 upwards, 4
// mantissa bits. Code 0 is 0; relative error at most 2^-5 above 2^-15.
constexpr std::uint32_t kCode8Base = 112U << 23;  // bits of 2^-15

[[nodiscard]] constexpr std::uint8_t encode8(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (static_cast<std::int32_t>(bits) < static_cast<std::int32_t>(kCode8Base) ||
      bits > 0x7f800000U) {
    return 0;
  }
  const std::uint32_t code = (bits - kCode8Base + 0x40000U) >> 19;
  return static_cast<std::uint8_t>(code < 0xffU ? code : 0xffU);
}

[[nodiscard]] constexpr float decode8(std::uint8_t code) {
  const std::uint32_t bits = (static_cast<std::uint32_t>(code) << 19) + kCode8Base;
  return std::bit_cast<float>(code == 0 ? 0U : bits);
}

// The same over arrays of equal size.
void encode16(std::span<const float> values, std::span<std::uint16_t> codes);
void decode16(std::span<const std::uint16_t> codes, std::span<float> values);
// sum[j] = factor[0] * decode16(codes[0][j]) + factor[1] * decode16(codes[1][j]) + ..., added in
// that order, every product rounded to fp32 first.
struct CodedTerm {
  const std::uint16_t* codes = nullptr;  // as many as sum has
  float factor = 1;
};
void sum_decoded16(std::span<const CodedTerm> terms, std::span<float> sum);
// values[j] = scale * decode8(codes[j]).
void decode8(std::span<const std::uint8_t> codes, float scale, std::span<float> values);

}  // namespace kvfoot
