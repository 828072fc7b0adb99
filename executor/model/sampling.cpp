// Picks the next token. Top-p: Holtzman et al. 2020, section 3.1.
#include "executor/model/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "sim/core/hash.hpp"

namespace kvfoot {

Status validate_sampling(const SamplingOptions& options) {
  if (!std::isfinite(options.temperature) || options.temperature < 0.0) {
    return Error{"temperature", "must be 0 (greedy) or more"};
  }
  if (options.top_k < 0) {
    return Error{"top-k", "must be 0 (all tokens) or more"};
  }
  if (!(options.top_p > 0.0 && options.top_p <= 1.0)) {
    return Error{"top-p", "must be above 0 and at most 1"};
  }
  return {};
}

std::int32_t argmax_token(std::span<const float> logits) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < logits.size(); ++i) {
    // The second test lets any number win over a leading NaN.
    if (logits[i] > logits[best] || (std::isnan(logits[best]) && !std::isnan(logits[i]))) {
      best = i;
    }
  }
  return static_cast<std::int32_t>(best);
}

std::int32_t sample_token(std::span<const float> logits, const SamplingOptions& options,
                          std::uint64_t index) {
  const std::int32_t best = argmax_token(logits);
  const float largest = logits.empty() ? 0.0F : logits[static_cast<std::size_t>(best)];
  // Infinite or missing logits leave no distribution to draw from.
  if (options.greedy() || logits.empty() || !std::isfinite(largest)) {
    return best;
  }
  std::vector<std::int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto logit = [&](std::int32_t id) { return logits[static_cast<std::size_t>(id)]; };
  std::erase_if(ids, [&](std::int32_t id) { return std::isnan(logit(id)); });
  const auto likelier = [&](std::int32_t a, std::int32_t b) {
    return logit(a) != logit(b) ? logit(a) > logit(b) : a < b;
  };
  if (options.top_k > 0 && static_cast<std::size_t>(options.top_k) < ids.size()) {
    std::nth_element(ids.begin(), ids.begin() + options.top_k, ids.end(), likelier);
    ids.resize(static_cast<std::size_t>(options.top_k));
  }
  std::sort(ids.begin(), ids.end(), likelier);
  std::vector<double> mass(ids.size());
  double total = 0.0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    mass[i] = std::exp((static_cast<double>(logit(ids[i])) - static_cast<double>(largest)) /
                       options.temperature);
    total += mass[i];
  }
  std::size_t kept = 0;
  double kept_mass = 0.0;
  while (kept < ids.size() && (kept == 0 || kept_mass < options.top_p * total)) {
    kept_mass += mass[kept++];
  }
  const double target = unit_interval(hash_words(options.seed, index)) * kept_mass;
  double passed = 0.0;
  for (std::size_t i = 0; i < kept; ++i) {
    passed += mass[i];
    if (target < passed) {
      return ids[i];
    }
  }
  return ids[kept - 1];  // rounding left the target at the very end
}

}  // namespace kvfoot
