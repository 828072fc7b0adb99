// Where the files are that come with the program: traces, models, scenarios.
#pragma once

#include <filesystem>

namespace kvfoot::gui {

// The folder that holds traces/ and models/: that of an installed program, or the sources that a
// program in a build folder was made from. Empty: nowhere.
[[nodiscard]] std::filesystem::path find_data_folder();

// The same for a program in `folder`.
[[nodiscard]] std::filesystem::path find_data_folder(const std::filesystem::path& folder);

}  // namespace kvfoot::gui
