// Text of files and people inside HTML.
#pragma once

#include <string>
#include <string_view>

namespace kvfoot {

// Fit for HTML and XHTML, between tags and in quoted attributes: the five special characters become
// entities; control characters, marks that turn the direction of writing, characters that XML
// forbids and bytes that are not UTF-8 become visible as \xHH. Tabs and newlines stay.
[[nodiscard]] std::string html_escape(std::string_view text);

}  // namespace kvfoot
