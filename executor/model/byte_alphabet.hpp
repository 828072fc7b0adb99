// The 256 printable characters that byte-level BPE writes bytes with (private to executor/model).
// Radford et al. 2019 (GPT-2): printable Latin-1 stands for itself, the other 68 bytes are U+0100
// on.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvfoot::model {

// byte -> code point, all below U+0144.
constexpr std::array<std::uint16_t, 256> byte_to_code_point() {
  std::array<std::uint16_t, 256> table{};
  std::uint16_t next = 0x100;
  for (std::uint16_t byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae);
    table[byte] = printable ? byte : next++;
  }
  return table;
}

// The character of a byte in UTF-8.
std::string byte_character(std::uint8_t byte);

// The bytes of a token written in this alphabet; nothing if it holds any other character.
std::optional<std::string> token_to_bytes(std::string_view token);

}  // namespace kvfoot::model
