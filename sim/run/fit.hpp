// The question turned around: the largest prompt, output, chunk, budget or batch whose peak memory
// fits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/core/result.hpp"
#include "sim/run/replay.hpp"

namespace kvfoot {

enum class FitVariable : std::uint8_t { kPrompt, kOutput, kChunk, kBudget, kBatch };
[[nodiscard]] std::string_view to_string(FitVariable variable);  // "prompt"
[[nodiscard]] Result<FitVariable> parse_fit_variable(std::string_view text);

struct FitRequest {
  ReplayRequest replay;     // a shape and a device, exact accounting; the variable is overwritten
  std::int64_t memory = 0;  // bytes for everything
  FitVariable variable = FitVariable::kPrompt;
  std::int64_t most = 0;  // the largest value to try; 0: 16 Mi, and what the prompt allows
};

struct FitPoint {
  std::int64_t value = 0;
  ReplayOutcome outcome;
};

struct FitOutcome {
  std::optional<FitPoint> fits;       // the largest value; absent when not even 1 fits
  std::optional<FitPoint> too_large;  // the next one; absent when `most` fits
  std::int64_t runs = 0;              // schedules that were simulated
};

// Bisection over the simulator: peak memory is taken to grow with the variable
// beyond a few dozen. Errors are those of
// replay, and a request that has a trace, no device, or a policy without a budget to solve for.
[[nodiscard]] Result<FitOutcome> fit(const FitRequest& request);

}  // namespace kvfoot
