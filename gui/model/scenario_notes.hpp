// What a scenario file says besides its runs: kept and written again when the run is saved.
#pragma once

#include <string>
#include <string_view>

#include "gui/model/what_if.hpp"
#include "sim/core/result.hpp"
#include "sim/scenario/scenario.hpp"

namespace kvfoot::gui {

struct ScenarioNotes {
  std::string title;  // empty: none, or that of the window, which names what it writes
  std::string teaches;
  ReportOptions report;
  bool retained_mass = true;
  int comment_line = 0;  // of the first comment, which cannot be kept; 0: there is none
};

// Of the file whose text was parsed as `scenario`, which is `run` for the window.
[[nodiscard]] ScenarioNotes notes_of(const Scenario& scenario, std::string_view text,
                                     const WhatIf& run);

// The line of the first comment of a YAML document; 0: there is none.
[[nodiscard]] int first_comment(std::string_view yaml);

// A double-quoted YAML scalar.
[[nodiscard]] std::string yaml_quoted(std::string_view text);

// The keys of `notes` but for the title, as lines of a scenario file; empty: there are none.
[[nodiscard]] std::string notes_yaml(const ScenarioNotes& notes);

}  // namespace kvfoot::gui
