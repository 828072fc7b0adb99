// Files that the window opens and writes: traces and scenarios.
#pragma once

#include <QString>
#include <QStringList>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gui/model/scenario_notes.hpp"
#include "gui/model/what_if.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::gui {

// What a file holds: a scenario file all of its runs; a trace none yet, but what it defines.
struct Document {
  std::string file;
  bool scenario = false;
  std::vector<WhatIf> runs;            // of a trace: on_trace() of what the window shows by then
  QStringList names;                   // of several runs, what tells them apart
  std::optional<RunLengths> recorded;  // of a trace
  std::optional<PolicySpec> evicting;  // of a trace that replays no other policy
  ScenarioNotes notes;                 // of a scenario file
  // A policy that the program chose, not the reader; the next trace gets one that fits its length.
  std::optional<PolicySpec> suggested;
  std::shared_ptr<const std::string> text;  // of a scenario file, when it was read or written
};

// Recognised by content, not by name. Errors name the file and the remedy.
[[nodiscard]] Result<Document> open_document(const std::string& file);

// Whether `file` holds something else than when the document was read or written, by another
// program or window. One that is gone does not: there is nothing to lose.
[[nodiscard]] bool changed_on_disk(const Document& document);

// An error for pipes and devices: writing one may wait for ever, and the window with it.
[[nodiscard]] Status check_target(const std::string& file);

// What a file of that scenario holds. Paths in it are absolute, so that it runs from anywhere.
[[nodiscard]] std::string scenario_text(const WhatIf& what_if, const ScenarioNotes& notes = {});
// Writes `text`, which is of that scenario, whole or not at all. A scenario that could not be
// opened again (check_scenario) is not written.
[[nodiscard]] Status save_scenario(const WhatIf& what_if, const std::string& file,
                                   const std::string& text);

// What the program brings along, traces and scenarios, in this order; empty: it was not found.
struct Examples {
  QStringList traces;
  QStringList scenarios;
};
[[nodiscard]] Examples examples();
// Where choosing a file starts: where one was chosen last, at first among the traces above.
[[nodiscard]] QString first_folder();
void remember_folder_of(const QString& file);

// The last files that were opened or saved, newest first, kept in the settings.
[[nodiscard]] QStringList recent_files();
void add_recent_file(const QString& file);
void clear_recent_files();

}  // namespace kvfoot::gui
