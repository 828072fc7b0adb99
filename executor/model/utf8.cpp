// UTF-8 scanning.
#include "executor/model/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace kvfoot::model {

namespace {

// Length of the character that a lead byte announces and the range of its second byte; the later
// ones are always 80..BF. Length 0: no lead byte.
struct Lead {
  std::size_t length;
  unsigned low;
  unsigned high;
};

constexpr Lead lead_of(unsigned byte) {
  if (byte >= 0xc2 && byte <= 0xdf) {
    return {2, 0x80, 0xbf};
  }
  if (byte >= 0xe0 && byte <= 0xef) {
    return {3, byte == 0xe0 ? 0xa0U : 0x80U, byte == 0xed ? 0x9fU : 0xbfU};
  }
  if (byte >= 0xf0 && byte <= 0xf4) {
    return {4, byte == 0xf0 ? 0x90U : 0x80U, byte == 0xf4 ? 0x8fU : 0xbfU};
  }
  return {0, 0, 0};
}

}  // namespace

Utf8Step utf8_step(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) {
    return {1, true, false};
  }
  const Lead lead = lead_of(first);
  if (lead.length == 0) {
    return {1, false, false};
  }
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (i == text.size()) {
      return {i, false, true};
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    const unsigned low = i == 1 ? lead.low : 0x80U;
    const unsigned high = i == 1 ? lead.high : 0xbfU;
    if (byte < low || byte > high) {
      return {i, false, false};
    }
  }
  return {lead.length, true, false};
}

std::size_t utf8_valid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t word = 0;
    if (at + 8 <= text.size()) {
      std::memcpy(&word, text.data() + at, 8);
      if ((word & 0x8080808080808080ULL) == 0) {
        at += 8;
        continue;
      }
    }
    const Utf8Step step = utf8_step(text.substr(at));
    if (!step.valid) {
      return at;
    }
    at += step.length;
  }
  return at;
}

std::size_t utf8_invalid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Step step = utf8_step(text.substr(at));
    if (step.valid) {
      return at;
    }
    at += step.length;
  }
  return at;
}

std::string utf8_lossy(std::string_view text, std::size_t* unfinished_length) {
  std::string out;
  out.reserve(text.size());
  if (unfinished_length != nullptr) {
    *unfinished_length = 0;
  }
  while (!text.empty()) {
    const std::size_t valid = utf8_valid_prefix(text);
    out.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) {
      break;
    }
    const Utf8Step step = utf8_step(text);
    if (step.unfinished && unfinished_length != nullptr) {
      *unfinished_length = step.length;
      break;
    }
    out.append("\xef\xbf\xbd");
    text.remove_prefix(step.length);
  }
  return out;
}

}  // namespace kvfoot::model
