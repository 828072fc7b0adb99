// Rotary frequencies: RoFormer (Su et al. 2021), section 3.4.2; position interpolation
// (Chen et al. 2023); the Llama 3.1 rule as Hugging Face's checkpoints parameterise it.
#include <cmath>
#include <numbers>

#include "executor/model/config.hpp"

namespace kvfoot {

std::vector<double> rope_inverse_frequencies(const LlamaConfig& config) {
  const RopeConfig& rope = config.rope;
  const auto pairs = static_cast<std::size_t>(config.head_dim / 2);
  std::vector<double> frequencies(pairs);
  const auto original = static_cast<double>(rope.original_max_position_embeddings);
  const double longest = original / rope.low_freq_factor;
  const double shortest = original / rope.high_freq_factor;
  for (std::size_t k = 0; k < pairs; ++k) {
    const double exponent = 2.0 * static_cast<double>(k) / static_cast<double>(config.head_dim);
    const double plain = std::pow(rope.theta, -exponent);
    const double wavelength = 2.0 * std::numbers::pi / plain;
    double frequency = plain;
    if (rope.type == RopeType::kLinear) {
      frequency = plain / rope.factor;
    } else if (rope.type == RopeType::kLlama3 && wavelength > longest) {
      frequency = plain / rope.factor;
    } else if (rope.type == RopeType::kLlama3 && wavelength >= shortest) {
      const double share = (original / wavelength - rope.low_freq_factor) /
                           (rope.high_freq_factor - rope.low_freq_factor);
      frequency = (1.0 - share) * plain / rope.factor + share * plain;
    }
    frequencies[k] = frequency;
  }
  return frequencies;
}

}  // namespace kvfoot
