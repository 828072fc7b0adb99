// Array forms of the codes; plain loops that the compiler turns into vector code.
#include "sim/trace/code.hpp"

#include <algorithm>
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

namespace {

// kFirst: the sum starts here, else it goes on from what `to` holds.
template <std::size_t kTerms, bool kFirst>
void sum_terms(const CodedTerm* terms, float* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    float value = kFirst ? terms[0].factor * decode16(terms[0].codes[i]) : to[i];
    for (std::size_t t = kFirst ? 1 : 0; t < kTerms; ++t) {
      value += terms[t].factor * decode16(terms[t].codes[i]);
    }
    to[i] = value;
  }
}

}  // namespace

void sum_decoded16(std::span<const CodedTerm> terms, std::span<float> sum) {
  switch (terms.size()) {
    case 0:
      std::fill(sum.begin(), sum.end(), 0.0F);
      return;
    case 1:
      return sum_terms<1, true>(terms.data(), sum.data(), sum.size());
    case 2:
      return sum_terms<2, true>(terms.data(), sum.data(), sum.size());
    case 3:
      return sum_terms<3, true>(terms.data(), sum.data(), sum.size());
    default:
      break;
  }
  sum_terms<4, true>(terms.data(), sum.data(), sum.size());
  for (const CodedTerm& term : terms.subspan(4)) {
    sum_terms<1, false>(&term, sum.data(), sum.size());
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
