// Which values, and their replays.
#include "gui/model/budget_sweep.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "gui/model/policy_fields.hpp"

namespace kvfoot::gui {
namespace {

// In the order in which they say how much is kept (sim/report/plot_data.hpp, "budget").
constexpr auto kBudgets =
    std::to_array<std::string_view>({"sparsity", "budget", "bytes", "heavy", "window"});

// Of what `bytes` counts: all streams in which the policy decides, of one sequence.
std::int64_t bytes_per_token(const ReplayRequest& request) {
  const TraceHeader* recorded = request.trace != nullptr ? &request.trace->header() : nullptr;
  const ModelShape shape = policy_shape(recorded != nullptr ? recorded->shape : *request.shape);
  const DType dtype =
      request.kv_dtype.value_or(recorded != nullptr ? recorded->kv_dtype : DType::kBF16);
  const std::string* group = request.policy.find("group");
  const bool copies = group != nullptr && *group == "none";  // one per query head
  return entry_bytes(shape, dtype) * shape.layers * (copies ? shape.q_heads : shape.kv_heads);
}

}  // namespace

std::string_view budget_param_of(const PolicySpec& policy) {
  const PolicyDescriptor* descriptor = find_policy(policy.name);
  if (descriptor == nullptr) {
    return {};
  }
  for (const std::string_view name : kBudgets) {
    // A window beside a sparsity is not what keeps most.
    if (name != "window" && policy.find(name) != nullptr) {
      return name;
    }
  }
  const ParamInfo* sparsity = find_parameter(descriptor, "sparsity");
  if (sparsity != nullptr && policy.find("heads") == nullptr) {
    return sparsity->name;
  }
  const ParamInfo* window = find_parameter(descriptor, "window");
  return window != nullptr ? window->name : std::string_view{};
}

WhatIf without_budget(const WhatIf& what_if) {
  WhatIf rest = what_if;
  const std::string_view param = budget_param_of(what_if.policy);
  std::erase_if(rest.policy.given, [&](const auto& given) { return given.first == param; });
  // Which parameter it was decides what is swept.
  rest.policy.given.emplace_back(std::string(param), "");
  return rest;
}

std::vector<std::string> budget_values(std::string_view param, std::int64_t prompt,
                                       std::int64_t token_bytes) {
  std::vector<std::string> values;
  if (param == "sparsity") {
    for (int i = 1; i <= kSweepPoints; ++i) {
      values.push_back("0." + std::to_string(i));
    }
    return values;
  }
  std::vector<std::int64_t> numbers;
  for (int i = 0; i < kSweepPoints; ++i) {
    if (param == "bytes") {
      const std::int64_t whole = token_bytes * prompt;
      // Its tenths without ten times the whole, which may be beyond 63 bits.
      numbers.push_back(
          std::max<std::int64_t>(whole / 10 * (i + 1) + whole % 10 * (i + 1) / 10, 1));
      continue;
    }
    const double low = std::max(8.0, static_cast<double>(prompt) / 64);
    const double high = std::max(low, 0.9 * static_cast<double>(prompt));
    const double at = static_cast<double>(i) / (kSweepPoints - 1);
    numbers.push_back(std::llround(low * std::pow(high / low, at)));
  }
  const auto repeated = std::ranges::unique(numbers);
  numbers.erase(repeated.begin(), repeated.end());
  for (const std::int64_t number : numbers) {
    values.push_back(std::to_string(number));
  }
  return values;
}

Result<BudgetSweepPtr> sweep_budget(const WhatIf& what_if, SourceCache& sources,
                                    const ReplayControl& control) {
  auto sweep = std::make_shared<BudgetSweep>();
  sweep->around = what_if;
  sweep->param = std::string(budget_param_of(what_if.policy));
  KVFOOT_ASSIGN(const ReplayRequest base, to_request(what_if, sources));
  const std::int64_t prompt =
      base.trace != nullptr ? base.trace->header().run.prompt : *base.prompt;
  const std::int64_t token_bytes = bytes_per_token(base);

  std::vector<WhatIf> asked;
  std::vector<ReplayRequest> requests;
  const auto add = [&](PolicySpec policy) {
    asked.push_back(what_if);
    asked.back().policy = policy;
    requests.push_back(base);
    requests.back().policy = std::move(policy);
  };
  add(PolicySpec{"full", {}});
  if (!sweep->param.empty()) {
    for (const std::string& value : budget_values(sweep->param, prompt, token_bytes)) {
      if (auto policy = with_parameter(what_if.policy, sweep->param, value)) {
        add(*std::move(policy));
      } else {
        sweep->failed.push_back(policy.error());
      }
    }
  }
  KVFOOT_ASSIGN(auto outcomes, replay_many(requests, control));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i]) {
      sweep->failed.push_back(outcomes[i].error());
      continue;
    }
    SweepPoint point{asked[i], {}};
    point.result.inputs = std::move(outcomes[i]->inputs);
    point.result.metrics = outcomes[i]->metrics;
    point.result.warnings = std::move(outcomes[i]->warnings);
    if (i == 0) {
      sweep->full = std::move(point);
    } else {
      sweep->points.push_back(std::move(point));
    }
  }
  return BudgetSweepPtr(std::move(sweep));
}

}  // namespace kvfoot::gui
