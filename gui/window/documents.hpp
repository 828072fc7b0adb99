// Files that the window opens and writes: traces and scenarios.
#pragma once

#include <QString>
#include <string>
#include <vector>

#include "gui/model/what_if.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::gui {

// What a file holds: a trace becomes one scenario, on_trace() of `current`; a scenario file all of
// its runs.
struct Document {
  std::string file;
  bool scenario = false;
  std::vector<WhatIf> runs;  // at least one
};

// Recognised by content, not by name. Errors name the file and the remedy.
[[nodiscard]] Result<Document> open_document(const std::string& file, const WhatIf& current);

// Writes the scenario whole or not at all; paths in it are absolute, so that it runs from anywhere.
[[nodiscard]] Status save_scenario(const WhatIf& what_if, const std::string& file);

// The last files that were opened or saved, newest first, kept in the settings.
[[nodiscard]] QStringList recent_files();
void add_recent_file(const QString& file);
void clear_recent_files();

}  // namespace kvfoot::gui
