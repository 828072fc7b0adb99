// The parser of token counts.
#include "cli/tokens.hpp"

#include <string>

#include "sim/core/text.hpp"

namespace kvfoot::cli {

Check tokens() {
  return rewritten([](std::string& text) {
    const Result<std::int64_t> count = parse_tokens(text);
    if (!count) {
      return count.error().what + "; " + count.error().hint;
    }
    text = std::to_string(*count);
    return std::string();
  });
}

}  // namespace kvfoot::cli
