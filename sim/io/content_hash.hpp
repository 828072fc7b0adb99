// Hash of bytes for provenance and for noticing that an input has changed; not cryptographic.
#pragma once

#include <string>
#include <string_view>

namespace kvfoot {

// xxHash64 with seed 0 as 16 hex digits: the same as `xxhsum -H64` prints.
[[nodiscard]] std::string content_hash(std::string_view bytes);

}  // namespace kvfoot
