// kvfoot gui: starts the Qt program, which lies beside this one.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "sim/core/module_file.hpp"

namespace kvfoot::cli {
namespace {

// Returns only when the program could not be started.
Error run_gui(const std::vector<std::string>& arguments) {
  std::filesystem::path program = find_module_file("kvfoot-gui");
  if (program.empty()) {
    return Error{"kvfoot gui", "kvfoot-gui is not beside this program",
                 "build it with Qt 6 (qt6-base-dev, qt6-svg-dev, libqt6opengl6-dev), or install "
                 "both together",
                 ErrorKind::kEnvironment};
  }
  std::string name = program.string();
  std::vector<std::string> words = arguments;
  std::vector<char*> argv{name.data()};
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  execv(name.c_str(), argv.data());
  return Error{
      name, std::string("cannot be started: ") + std::strerror(errno), {}, ErrorKind::kEnvironment};
}

}  // namespace

void add_gui(Command& root, int& exit_code) {
  Command* command = root.add_subcommand(
      "gui", "Open the window: live, inactive and evicted KV over time, what-if by slider");
  command->prefix_command();  // what follows is for kvfoot-gui
  command->footer(
      "Give a trace (.h5) or a scenario (.yaml) to open; kvfoot-gui --help lists more.");
  command->callback([=, &exit_code] { exit_code = fail(run_gui(command->remaining())); });
}

}  // namespace kvfoot::cli
