// Conversions between fp32 and 16-bit floats, exhaustively where the domain allows it.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "executor/model/weight_type.hpp"
#include "sim/core/hash.hpp"

namespace kvfoot {
namespace {

// What a 16-bit code means, from the definition of the format.
double meaning(std::uint16_t bits, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = (bits >> mantissa_bits) & ((1 << exponent_bits) - 1);
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == (1 << exponent_bits) - 1) {
    return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * INFINITY;
  }
  const double fraction = mantissa + (exponent == 0 ? 0 : 1 << mantissa_bits);
  return sign * std::ldexp(fraction, (exponent == 0 ? 1 : exponent) - bias - mantissa_bits);
}

TEST(WeightType, EveryHalfMeansWhatTheFormatSaysAndComesBack) {
  for (unsigned code = 0; code < 65536; ++code) {
    const auto bits = static_cast<std::uint16_t>(code);
    const float value = f16_to_float(bits);
    const double wanted = meaning(bits, 5, 10);
    if (std::isnan(wanted)) {
      EXPECT_TRUE(std::isnan(value));
      EXPECT_TRUE(std::isnan(f16_to_float(float_to_f16(value))));
      continue;
    }
    ASSERT_EQ(static_cast<double>(value), wanted) << code;
    ASSERT_EQ(float_to_f16(value), bits) << code;
  }
}

TEST(WeightType, EveryBrainFloatMeansWhatTheFormatSaysAndComesBack) {
  for (unsigned code = 0; code < 65536; ++code) {
    const auto bits = static_cast<std::uint16_t>(code);
    const float value = bf16_to_float(bits);
    const double wanted = meaning(bits, 8, 7);
    if (std::isnan(wanted)) {
      EXPECT_TRUE(std::isnan(bf16_to_float(float_to_bf16(value))));
      continue;
    }
    ASSERT_EQ(static_cast<double>(value), wanted) << code;
    ASSERT_EQ(float_to_bf16(value), bits) << code;
  }
}

// Rounding to nearest with ties to even: the code whose meaning is nearest, the even one on a tie.
std::uint16_t nearest(double value, int exponent_bits, int mantissa_bits, std::uint16_t guess) {
  std::uint16_t best = guess;
  for (int delta = -2; delta <= 2; ++delta) {
    const auto code = static_cast<std::uint16_t>(guess + delta);
    const double there = std::abs(meaning(code, exponent_bits, mantissa_bits) - value);
    const double here = std::abs(meaning(best, exponent_bits, mantissa_bits) - value);
    if (there < here || (there == here && code % 2 == 0)) {
      best = code;
    }
  }
  return best;
}

TEST(WeightType, RoundsToTheNearestAndTiesToEven) {
  for (std::uint64_t i = 0; i < 200000; ++i) {
    const std::uint64_t h = hash_words(1, i);
    // Mantissas that end in 1000... are ties; half of the samples are made so.
    auto bits = static_cast<std::uint32_t>(h);
    if ((h >> 40 & 1) != 0) {
      bits = (bits & ~0x1fffU) | 0x1000U;
    }
    const float spread = std::bit_cast<float>((bits & 0x007fffffU) | 0x3f800000U);
    const float value = std::ldexp(spread, static_cast<int>(h >> 41 & 31) - 24);
    const std::uint16_t half = float_to_f16(value);
    ASSERT_EQ(half, nearest(static_cast<double>(value), 5, 10, half)) << value;
    const float tie = std::bit_cast<float>((bits & ~0xffffU) | ((h & 3) == 0 ? 0x8000U : bits));
    if (std::isfinite(tie) && std::abs(tie) < 1e38F && std::abs(tie) > 1e-37F) {
      const std::uint16_t brain = float_to_bf16(tie);
      ASSERT_EQ(brain, nearest(static_cast<double>(tie), 8, 7, brain)) << tie;
    }
  }
}

TEST(WeightType, OverflowGoesToInfinity) {
  EXPECT_EQ(float_to_f16(65504.0F), 0x7bff);
  EXPECT_EQ(float_to_f16(65519.996F), 0x7bff);
  EXPECT_EQ(float_to_f16(65520.0F), 0x7c00);
  EXPECT_EQ(float_to_f16(-1e30F), 0xfc00);
  EXPECT_EQ(float_to_f16(INFINITY), 0x7c00);
  EXPECT_EQ(float_to_bf16(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_EQ(float_to_bf16(-INFINITY), 0xff80);
}

TEST(WeightType, UnalignedAccessAndNames) {
  std::array<std::byte, 9> buffer{};
  for (const WeightType type : {WeightType::kF32, WeightType::kF16, WeightType::kBF16}) {
    store_weight(buffer.data() + 1, type, 1, -1.5F);
    EXPECT_EQ(load_weight(buffer.data() + 1, type, 1), -1.5F);
    float loaded = 0.0F;
    load_weights(buffer.data() + 1, type, 1, {&loaded, 1});
    EXPECT_EQ(loaded, -1.5F);
    EXPECT_EQ(parse_weight_type(safetensors_name(type)), type);
    EXPECT_EQ(parse_weight_type(torch_name(type)), type);
  }
  EXPECT_FALSE(parse_weight_type("I64").has_value());
}

}  // namespace
}  // namespace kvfoot
