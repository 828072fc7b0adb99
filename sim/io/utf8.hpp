// Telling UTF-8 from other bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace kvfoot {

// Length of the valid UTF-8 sequence at the start of `text`, which is not empty; 0 when there is
// none: stray continuation bytes, overlong forms, surrogates, cut sequences.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace kvfoot
