// Conversions between fp32 and the 16-bit floats, and the names of the types.
#include "executor/model/weight_type.hpp"

#include <array>

namespace kvfoot {

namespace {

struct Names {
  WeightType type;
  std::string_view safetensors;
  std::string_view torch;
};
constexpr std::array<Names, 3> kNames{{{WeightType::kF32, "F32", "float32"},
                                       {WeightType::kF16, "F16", "float16"},
                                       {WeightType::kBF16, "BF16", "bfloat16"}}};

}  // namespace

std::string_view safetensors_name(WeightType type) {
  return kNames[static_cast<std::size_t>(type)].safetensors;
}

std::string_view torch_name(WeightType type) {
  return kNames[static_cast<std::size_t>(type)].torch;
}

std::optional<WeightType> parse_weight_type(std::string_view name) {
  for (const Names& names : kNames) {
    if (name == names.safetensors || name == names.torch) {
      return names.type;
    }
  }
  return std::nullopt;
}

std::uint16_t float_to_f16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) {
    return static_cast<std::uint16_t>(sign | 0x7e00U | ((magnitude >> 13) & 0x3ffU));
  }
  if (magnitude >= 0x477ff000U) {  // 65520 and above round to infinity
    return static_cast<std::uint16_t>(sign | 0x7c00U);
  }
  if (magnitude < 0x38800000U) {  // below 2^-14: adding 0.5 rounds to a multiple of 2^-24
    const float rounded = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(rounded) - 0x3f000000U));
  }
  const std::uint32_t rebased = magnitude - ((127U - 15U) << 23);
  return static_cast<std::uint16_t>(sign | ((rebased + 0xfffU + ((rebased >> 13) & 1U)) >> 13));
}

void store_weight(std::byte* data, WeightType type, std::size_t index, float value) {
  if (type == WeightType::kF32) {
    std::memcpy(data + index * 4, &value, 4);
    return;
  }
  const std::uint16_t bits = type == WeightType::kBF16 ? float_to_bf16(value) : float_to_f16(value);
  std::memcpy(data + index * 2, &bits, 2);
}

void load_weights(const std::byte* data, WeightType type, std::size_t first, std::span<float> out) {
  switch (type) {
    case WeightType::kF32:
      if (!out.empty()) {
        std::memcpy(out.data(), data + first * 4, out.size_bytes());
      }
      return;
    // Loops without the choice inside: compilers turn them into vector code.
    case WeightType::kBF16:
      for (std::size_t i = 0; i < out.size(); ++i) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, data + (first + i) * 2, 2);
        out[i] = bf16_to_float(bits);
      }
      return;
    case WeightType::kF16:
      for (std::size_t i = 0; i < out.size(); ++i) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, data + (first + i) * 2, 2);
        out[i] = f16_to_float(bits);
      }
      return;
  }
}

}  // namespace kvfoot
