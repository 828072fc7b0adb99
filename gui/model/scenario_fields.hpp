// Every plain field of a scenario as text: what forms show, and what people type.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gui/model/what_if.hpp"

namespace kvfoot::gui {

struct ScenarioField {
  std::string_view name;  // "chunk"; that of the scenario files (docs/scenarios.md)
  // Empty: absent, so that the default holds.
  std::string (*read)(const WhatIf&) = nullptr;
  // Takes what read() gives and other spellings ("32K" tokens). An error changes nothing.
  Status (*write)(WhatIf&, std::string_view text) = nullptr;
};

// All but the source (trace, shape) and the policy, which have forms of their own.
[[nodiscard]] std::span<const ScenarioField> scenario_fields();
// The one of that name, which exists.
[[nodiscard]] const ScenarioField& scenario_field(std::string_view name);

// The short name of `what_if`, and after it every field by which it differs from `other`.
[[nodiscard]] std::string name_apart_from(const WhatIf& other, const WhatIf& what_if);

}  // namespace kvfoot::gui
