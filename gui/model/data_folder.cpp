#include "gui/model/data_folder.hpp"

#include "gui/model/data_places.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kMostLevels = 4;  // of folders in a build folder

bool holds_data(const std::filesystem::path& folder) {
  std::error_code code;
  return std::filesystem::exists(folder / "traces" / "needle-320-rows.h5", code);
}

}  // namespace

std::filesystem::path find_data_folder(const std::filesystem::path& folder) {
  if (const auto installed = folder / kDataFolder; holds_data(installed)) {
    return installed.lexically_normal();
  }
  std::filesystem::path above = folder;
  for (int level = 0; level < kMostLevels && above.has_parent_path(); ++level) {
    if (const auto sources = above / kSourcesOfBuild; holds_data(sources)) {
      return sources.lexically_normal();
    }
    above = above.parent_path();
  }
  return {};
}

std::filesystem::path find_data_folder() {
  std::error_code code;
  return find_data_folder(std::filesystem::read_symlink("/proc/self/exe", code).parent_path());
}

}  // namespace kvfoot::gui
