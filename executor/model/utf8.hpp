// UTF-8 scanning as Unicode 15, section 3.9 defines it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kvfoot::model {

// The first character of a non-empty text, or the longest piece that could have become one.
struct Utf8Step {
  std::size_t length = 0;   // bytes, at least 1
  bool valid = false;       // a whole, well-formed character
  bool unfinished = false;  // not valid only because the text ends here
};
Utf8Step utf8_step(std::string_view text);

// Offset of the first byte that is not part of a well-formed character; text.size() if there is
// none.
std::size_t utf8_valid_prefix(std::string_view text);

// Bytes from the start of `text` up to its first well-formed character (none: all of them).
std::size_t utf8_invalid_prefix(std::string_view text);

// Each ill-formed piece becomes one U+FFFD. With `unfinished_length`, an unfinished character at
// the end is left out and its length stored there.
std::string utf8_lossy(std::string_view text, std::size_t* unfinished_length = nullptr);

}  // namespace kvfoot::model
