// Scenarios as the YAML that `kvfoot sweep` runs (docs/scenarios.md).
#pragma once

#include <string>
#include <vector>

#include "gui/model/what_if.hpp"

namespace kvfoot::gui {

// A scenario file of one run; only what differs from the defaults is written. The path of a trace
// is written as it is given.
[[nodiscard]] std::string to_yaml(const WhatIf& what_if, const std::string& title);

// Every run of a scenario file, in its order. Paths of traces, shapes and devices come back so that
// they can be opened from the current folder. Errors name file and line, as the command line does.
// `most`: a file that crosses to more runs is refused with their number.
[[nodiscard]] Result<std::vector<WhatIf>> load_scenarios(const std::string& file,
                                                         std::int64_t most = 10'000);

}  // namespace kvfoot::gui
