// Picks the next token from logits: greedy, or temperature with top-k and top-p from a
// counter-based generator, so that token i of seed s does not depend on what was drawn before.
#pragma once

#include <cstdint>
#include <span>

#include "sim/core/result.hpp"

namespace kvfoot {

struct SamplingOptions {
  double temperature = 0.0;  // 0 is greedy
  std::int32_t top_k = 0;    // 0: all
  double top_p = 1.0;        // smallest set of most likely tokens whose mass reaches top_p
  std::uint64_t seed = 0;

  bool greedy() const { return temperature == 0.0; }
};

Status validate_sampling(const SamplingOptions& options);

// Id of the largest logit, the lowest id on ties; NaN never wins (all NaN gives 0).
std::int32_t argmax_token(std::span<const float> logits);

// `index` counts the output tokens of the run from 0. Ties in rank go to the lower id.
std::int32_t sample_token(std::span<const float> logits, const SamplingOptions& options,
                          std::uint64_t index);

}  // namespace kvfoot
