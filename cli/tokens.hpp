// Numbers of tokens on the command line: 131072, 128K or 1M.
#pragma once

#include "cli/command_line.hpp"

namespace kvfoot::cli {

// To transform() an option that counts tokens, before checks of its range: 128K becomes 131072.
[[nodiscard]] Check tokens();

}  // namespace kvfoot::cli
