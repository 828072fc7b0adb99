// Scalar types of stored weights and their exact conversions to and from fp32.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "sim/core/shape.hpp"

namespace kvfoot {

// Weights are stored in the same scalar types as KV entries.
using WeightType = DType;

constexpr std::size_t weight_bytes(WeightType type) { return type == WeightType::kF32 ? 4 : 2; }

// "F32", "F16", "BF16": the words of safetensors headers.
std::string_view safetensors_name(WeightType type);
// "float32", "float16", "bfloat16": the words of config.json.
std::string_view torch_name(WeightType type);
// Understands both spellings.
std::optional<WeightType> parse_weight_type(std::string_view name);

inline float bf16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// Round to nearest, ties to even; NaN stays NaN (quiet), overflow goes to infinity.
inline std::uint16_t float_to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) {
    return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  }
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

// IEEE half with subnormals, infinities and NaN. Without branches, so that loops over it vectorise:
// the multiplication moves the bias from 15 to 127 and is exact for subnormals too.
inline float f16_to_float(std::uint16_t bits) {
  const std::uint32_t magnitude = static_cast<std::uint32_t>(bits & 0x7fffU) << 13;
  const float rescaled = std::bit_cast<float>(magnitude) * 0x1p112F;
  // An exponent of all ones stays one: infinity or NaN.
  const std::uint32_t finite = std::bit_cast<std::uint32_t>(rescaled);
  const std::uint32_t value = magnitude >= 0x0f800000U ? magnitude | 0x7f800000U : finite;
  return std::bit_cast<float>(value | static_cast<std::uint32_t>(bits & 0x8000U) << 16);
}
// Round to nearest, ties to even; at or above 65520 goes to infinity.
std::uint16_t float_to_f16(float value);

// Reads element `index` of a row-major buffer of `type`; no alignment is needed.
inline float load_weight(const std::byte* data, WeightType type, std::size_t index) {
  if (type == WeightType::kF32) {
    float value = 0;
    std::memcpy(&value, data + index * 4, 4);
    return value;
  }
  std::uint16_t bits = 0;
  std::memcpy(&bits, data + index * 2, 2);
  return type == WeightType::kBF16 ? bf16_to_float(bits) : f16_to_float(bits);
}

// Writes `value` rounded to `type` as element `index`.
void store_weight(std::byte* data, WeightType type, std::size_t index, float value);

// Converts out.size() consecutive elements, beginning at element `first`.
void load_weights(const std::byte* data, WeightType type, std::size_t first, std::span<float> out);

}  // namespace kvfoot
