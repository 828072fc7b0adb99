// The alphabet of byte-level BPE.
#include "executor/model/byte_alphabet.hpp"

namespace kvfoot::model {

namespace {

constexpr auto kCodePoints = byte_to_code_point();
constexpr std::size_t kCodePointLimit = 0x144;

constexpr std::array<std::int16_t, kCodePointLimit> code_point_to_byte() {
  std::array<std::int16_t, kCodePointLimit> table{};
  table.fill(-1);
  for (std::size_t byte = 0; byte < 256; ++byte) {
    table[kCodePoints[byte]] = static_cast<std::int16_t>(byte);
  }
  return table;
}
constexpr auto kBytes = code_point_to_byte();

}  // namespace

std::string byte_character(std::uint8_t byte) {
  const unsigned code = kCodePoints[byte];
  if (code < 0x80) {
    return std::string(1, static_cast<char>(code));
  }
  return {static_cast<char>(0xc0U | (code >> 6)), static_cast<char>(0x80U | (code & 0x3fU))};
}

std::optional<std::string> token_to_bytes(std::string_view token) {
  std::string bytes;
  for (std::size_t i = 0; i < token.size(); ++i) {
    unsigned code = static_cast<unsigned char>(token[i]);
    if (code >= 0x80) {
      // Two-byte sequences reach U+07FF; the alphabet ends far below.
      if ((code & 0xe0U) != 0xc0U || i + 1 == token.size()) {
        return std::nullopt;
      }
      code = ((code & 0x1fU) << 6) | (static_cast<unsigned char>(token[++i]) & 0x3fU);
    }
    if (code >= kCodePointLimit || kBytes[code] < 0) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(kBytes[code]));
  }
  return bytes;
}

}  // namespace kvfoot::model
