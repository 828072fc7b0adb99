// Array forms of the codes; plain loops that the compiler turns into vector code.
#include "sim/trace/code.hpp"

#include <cstddef>

#include "sim/core/check.hpp"

namespace kvfoot {

void encode16(std::span<const float> values, std::span<std::uint16_t> codes) {
  KVFOOT_CHECK(values.size() == codes.size());
  const float* from = values.data();
  std::uint16_t* to = codes.data();
  for (std::size_t i = 0; i < values.size(); ++i) {
    to[i] = encode16(from[i]);
  }
}

void decode16(std::span<const std::uint16_t> codes, std::span<float> values) {
  KVFOOT_CHECK(values.size() == codes.size());
  const std::uint16_t* from = codes.data();
  float* to = values.data();
  for (std::size_t i = 0; i < codes.size(); ++i) {
    to[i] = decode16(from[i]);
  }
}

void add_decoded16(std::span<const std::uint16_t> codes, float factor, std::span<float> sum) {
  KVFOOT_CHECK(codes.size() == sum.size());
  const std::uint16_t* from = codes.data();
  float* to = sum.data();
  for (std::size_t i = 0; i < codes.size(); ++i) {
    to[i] += factor * decode16(from[i]);
  }
}

void decode8(std::span<const std::uint8_t> codes, float scale, std::span<float> values) {
  KVFOOT_CHECK(values.size() == codes.size());
  const std::uint8_t* from = codes.data();
  float* to = values.data();
  for (std::size_t i = 0; i < codes.size(); ++i) {
    to[i] = scale * decode8(from[i]);
  }
}

}  // namespace kvfoot
