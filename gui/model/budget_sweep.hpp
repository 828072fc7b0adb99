// The current policy with other budgets: a few replays around a scenario.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gui/model/outcome.hpp"

namespace kvfoot::gui {

constexpr int kSweepPoints = 9;

struct SweepPoint {
  WhatIf asked;
  RunResult result;
};

struct BudgetSweep {
  WhatIf around;
  std::string param;               // "sparsity"; empty: the policy has no budget
  std::vector<SweepPoint> points;  // as the parameter ascends
  std::optional<SweepPoint> full;  // the same scenario under full attention
  std::vector<Error> failed;       // values that the policy refuses
};
using BudgetSweepPtr = std::shared_ptr<const BudgetSweep>;

// The parameter that says how much the policy keeps: the one given, else sparsity, else the recent
// window. Empty: there is none, as for full attention.
[[nodiscard]] std::string_view budget_param_of(const PolicySpec& policy);

// The scenario without its budget: two that agree in it have the same sweep.
[[nodiscard]] WhatIf without_budget(const WhatIf& what_if);

// Values of the parameter over a prompt: sparsities 0.1 to 0.9, tokens in even ratios, bytes as
// shares of what full attention keeps of the prompt. `token_bytes`: of one token, all streams in
// which the policy decides.
[[nodiscard]] std::vector<std::string> budget_values(std::string_view param, std::int64_t prompt,
                                                     std::int64_t token_bytes);

// Replays the policy at every value, and full attention, in one read of the trace. Errors: what
// ends every replay (no such file, an interrupt); values that fail alone are listed.
[[nodiscard]] Result<BudgetSweepPtr> sweep_budget(const WhatIf& what_if, SourceCache& sources,
                                                  const ReplayControl& control = {});

}  // namespace kvfoot::gui
