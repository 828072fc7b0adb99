// Escaping.
#include "sim/report/html_text.hpp"

#include "sim/io/utf8.hpp"

namespace kvfoot {
namespace {

// A well-formed character that is not shown as it is: C0 and C1 controls and DEL, the embeddings,
// overrides and isolates of the bidirectional algorithm (U+202A to 202E, 2066 to 2069), and the
// noncharacters U+FFFE and FFFF, which XML forbids.
bool is_hidden(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) {
    return (byte(0) < 0x20 && byte(0) != '\n' && byte(0) != '\t') || byte(0) == 0x7f;
  }
  if (character.size() == 2) {
    return byte(0) == 0xc2 && byte(1) < 0xa0;
  }
  if (character.size() != 3) {
    return false;
  }
  const bool turns = byte(0) == 0xe2 && ((byte(1) == 0x80 && byte(2) >= 0xaa && byte(2) <= 0xae) ||
                                         (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9));
  return turns || (byte(0) == 0xef && byte(1) == 0xbf && byte(2) >= 0xbe);
}

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string html_escape(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view piece = text.substr(0, length == 0 ? 1 : length);
    text.remove_prefix(piece.size());
    if (length == 0 || is_hidden(piece)) {
      for (const char c : piece) {
        const auto byte = static_cast<unsigned char>(c);
        out += {'\\', 'x', kHex[byte >> 4U], kHex[byte & 15U]};
      }
    } else if (const std::string_view name = entity(piece.front()); !name.empty()) {
      out += name;
    } else {
      out += piece;
    }
  }
  return out;
}

}  // namespace kvfoot
