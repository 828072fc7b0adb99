// Hash of bytes for provenance and for noticing that an input has changed; not cryptographic.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kvfoot {

// xxHash64 with seed 0 as 16 hex digits: the same as `xxhsum -H64` prints.
[[nodiscard]] std::string content_hash(std::string_view bytes);

// A 64-bit hash as results, traces and journals write it: 16 lower-case hex digits.
[[nodiscard]] std::string hash_digits(std::uint64_t hash);

}  // namespace kvfoot
