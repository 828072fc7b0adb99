// Flags that mean nothing beside others.
#include "cli/given.hpp"

#include "cli/command_line.hpp"

namespace kvfoot::cli {

Status check_not_given(const Command& command, std::initializer_list<const char*> flags,
                       const std::string& what, const std::string& hint) {
  for (const char* flag : flags) {
    if (command.count(flag) > 0) {
      return Error{flag, what, hint};
    }
  }
  return {};
}

}  // namespace kvfoot::cli
