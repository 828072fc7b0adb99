// Machine description from the operating system.
#include "sim/report/machine.hpp"

#include <sys/utsname.h>

#include <string_view>
#include <thread>

#include "sim/core/text.hpp"
#include "sim/io/file.hpp"

namespace kvfoot {

std::string machine_description() {
  utsname name{};
  std::string text = ::uname(&name) == 0 ? name.machine : "unknown machine";
  text += ", " + std::to_string(std::thread::hardware_concurrency()) + " threads";
  if (const auto info = read_file("/proc/cpuinfo", 1 << 24)) {
    for (const std::string_view line : split(*info, '\n')) {
      if (line.starts_with("model name")) {
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos) {
          text += ", " + std::string(trim(line.substr(colon + 1)));
        }
        break;
      }
    }
  }
  return text;
}

}  // namespace kvfoot
