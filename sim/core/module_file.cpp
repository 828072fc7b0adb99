#include "sim/core/module_file.hpp"

#include "sim/core/module_folder.hpp"

namespace kvfoot {

std::filesystem::path find_module_file(const std::string& name) {
  std::error_code code;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", code).parent_path();
  for (const auto& place : {folder, folder / kModuleFolder}) {
    if (auto file = place / name; std::filesystem::exists(file, code)) {
      return file;
    }
  }
  return {};
}

}  // namespace kvfoot
