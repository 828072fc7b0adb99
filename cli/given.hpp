// Which flags a command line gives: a flag that would change nothing is an error, not silence.
#pragma once

#include <initializer_list>
#include <string>

#include "sim/core/result.hpp"

namespace kvfoot::cli {

class Command;

// An error about the first of `flags` that was given; `what` completes "--flag: ...".
[[nodiscard]] Status check_not_given(const Command& command,
                                     std::initializer_list<const char*> flags,
                                     const std::string& what, const std::string& hint);

}  // namespace kvfoot::cli
