// Doubling until it no longer fits, then halving.
#include "sim/run/fit.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/text.hpp"
#include "sim/engine/counts.hpp"

namespace kvfoot {
namespace {

constexpr std::pair<std::string_view, FitVariable> kNames[] = {{"prompt", FitVariable::kPrompt},
                                                               {"output", FitVariable::kOutput},
                                                               {"chunk", FitVariable::kChunk},
                                                               {"budget", FitVariable::kBudget},
                                                               {"batch", FitVariable::kBatch}};
constexpr std::int64_t kMost = std::int64_t{1} << 24;
// Layouts that are not counted in closed form take seconds for as many decode rows as this.
constexpr std::int64_t kMostPassByPass = std::int64_t{1} << 17;
// Passes of few rows take a workspace that longer ones do without, so memory may fall below here.
constexpr std::int64_t kSettled = 64;

// The policy with budget=value in place of whatever says how much it keeps.
Result<PolicySpec> with_budget(const PolicySpec& policy, std::int64_t value) {
  const PolicyDescriptor* descriptor = find_policy(policy.name);
  KVFOOT_CHECK(descriptor != nullptr, policy.name);
  const auto info =
      std::ranges::find(descriptor->params, std::string_view("budget"), &ParamInfo::name);
  if (info == descriptor->params.end()) {
    return Error{policy.name, "has no budget to solve for",
                 "solve for prompt, output or chunk, or choose a policy with a budget"};
  }
  const std::vector<std::string_view> excluded = split(info->excludes, '|');
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [key, text] : policy.given) {
    if (key != "budget" && std::ranges::find(excluded, key) == excluded.end()) {
      values.emplace_back(key, text);
    }
  }
  values.emplace_back("budget", std::to_string(value));
  return make_spec(policy.name, values);
}

Result<FitPoint> run(const FitRequest& request, std::int64_t value) {
  ReplayRequest replayed = request.replay;
  switch (request.variable) {
    case FitVariable::kPrompt:
      replayed.prompt = value;
      break;
    case FitVariable::kOutput:
      replayed.output = value;
      break;
    case FitVariable::kChunk:
      replayed.chunk = value;
      break;
    case FitVariable::kBudget: {
      KVFOOT_ASSIGN(replayed.policy, with_budget(request.replay.policy, value));
      break;
    }
    case FitVariable::kBatch:
      replayed.batch = value;
      break;
  }
  KVFOOT_ASSIGN(ReplayOutcome outcome, replay(replayed));
  return FitPoint{value, std::move(outcome)};
}

}  // namespace

std::string_view to_string(FitVariable variable) {
  return kNames[static_cast<std::size_t>(variable)].first;
}

Result<FitVariable> parse_fit_variable(std::string_view text) {
  std::vector<std::string> names;
  for (const auto& [name, variable] : kNames) {
    if (name == text) {
      return variable;
    }
    names.emplace_back(name);
  }
  return Error{"", "'" + std::string(text) + "' is nothing to solve for", suggestion(text, names)};
}

Result<FitOutcome> fit(const FitRequest& request) {
  if (request.replay.trace != nullptr || !request.replay.device ||
      request.replay.accounting == Accounting::kPaper) {
    return Error{"fit", "whole memory needs a shape, a device and exact accounting",
                 "give --shape and --device-model"};
  }
  const KvLayout& layout = request.replay.layout;
  const bool by_pass = layout.has_formula() || layout.alloc == KvAlloc::kRectangular;
  const std::int64_t usual =
      by_pass && request.variable == FitVariable::kOutput ? kMostPassByPass : kMost;
  std::int64_t most = request.most > 0 ? request.most : usual;
  if (request.variable == FitVariable::kChunk || request.variable == FitVariable::kBudget) {
    most = std::min(most, request.replay.prompt.value_or(most));  // beyond it nothing changes
  } else if (request.variable == FitVariable::kBatch) {
    most = std::min(most, kMaxBatch);
  }
  FitOutcome found;
  // True: the point fits and is the best so far; false: it is the smallest that does not.
  const auto fits = [&](std::int64_t value) -> Result<bool> {
    KVFOOT_ASSIGN(FitPoint point, run(request, value));
    ++found.runs;
    const bool small = point.outcome.metrics.peak_total_bytes.value() <= request.memory;
    (small ? found.fits : found.too_large) = std::move(point);
    return small;
  };
  std::int64_t low = 0;  // fits, or nothing was found yet
  std::int64_t high = 1;
  while (true) {
    KVFOOT_ASSIGN(const bool small, fits(high));
    if (!small && high >= kSettled) {
      break;
    }
    low = small ? high : low;
    if (high == most) {
      break;
    }
    high = std::min(most, 2 * high);
  }
  if (low == high) {
    found.too_large.reset();
    return found;
  }
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    KVFOOT_ASSIGN(const bool small, fits(middle));
    (small ? low : high) = middle;
  }
  return found;
}

}  // namespace kvfoot
