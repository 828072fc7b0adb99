// Scenarios as the YAML that `kvfoot sweep` runs (docs/scenarios.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gui/model/scenario_notes.hpp"
#include "gui/model/what_if.hpp"
#include "sim/io/yaml.hpp"

namespace kvfoot::gui {

// A scenario file of one run; only what differs from the defaults is written. The path of a trace
// is written as it is given. What else `notes` says goes with it, but for comments; a title of the
// file's own goes before `title`.
[[nodiscard]] std::string to_yaml(const WhatIf& what_if, const std::string& title,
                                  const ScenarioNotes& notes = {});

// The same scenario whatever the current folder: paths of trace, shape, device and the policy's
// files are absolute.
[[nodiscard]] WhatIf with_absolute_paths(WhatIf what_if);

// Whether it can be replayed from a file or a command; the error says what is missing, of a policy
// that is half given for example. Reads the files that it names, but no trace.
[[nodiscard]] Status check_scenario(const WhatIf& what_if);

// Every run of a scenario file, in its order. Paths of traces, shapes and devices come back so that
// they can be opened from the current folder. Errors name file and line, as the command line does.
// `most`: a file that crosses to more runs is refused with their number.
[[nodiscard]] Result<std::vector<WhatIf>> load_scenarios(const std::string& file,
                                                         std::int64_t most = 10'000);

// The same, with what the file says besides.
struct ScenarioFile {
  std::vector<WhatIf> runs;
  ScenarioNotes notes;
  std::string text;  // the whole file
};
[[nodiscard]] Result<ScenarioFile> load_scenario_file(const std::string& file,
                                                      std::int64_t most = 10'000);

// The one run of a map with the keys of a scenario file (without `kvfoot` and `report`) inside the
// document `file`; its paths are relative to `folder`.
[[nodiscard]] Result<WhatIf> read_what_if(const YamlNode& map, const std::string& file,
                                          const std::filesystem::path& folder);

}  // namespace kvfoot::gui
