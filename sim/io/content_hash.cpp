// xxHash64 of a byte string.
#include "sim/io/content_hash.hpp"

#include <xxhash.h>

namespace kvfoot {

std::string content_hash(std::string_view bytes) {
  return hash_digits(XXH64(bytes.data(), bytes.size(), 0));
}

std::string hash_digits(std::uint64_t hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) {
    text += kDigits[(hash >> shift) & 15U];
  }
  return text;
}

}  // namespace kvfoot
