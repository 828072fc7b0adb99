// The parser of token counts for CLI11.
#include "cli/tokens.hpp"

#include <string>

#include "sim/core/text.hpp"

namespace kvfoot::cli {

CLI::Validator tokens() {
  return CLI::Validator(
      [](std::string& text) {
        const Result<std::int64_t> count = parse_tokens(text);
        if (!count) {
          return count.error().what + "; " + count.error().hint;
        }
        text = std::to_string(*count);
        return std::string();
      },
      "");
}

}  // namespace kvfoot::cli
