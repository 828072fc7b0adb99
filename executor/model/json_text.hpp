// Strict JSON text for the model files (private to executor/model): no duplicate keys, bounded
// depth, errors with their place.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "sim/core/result.hpp"

namespace kvfoot::model {

using Json = nlohmann::json;

inline constexpr int kMaxJsonDepth = 64;

// Parses a whole text whose top is an object.
Result<Json> parse_object(std::string_view text, std::string_view where);

// "number", "string", ...: for "expected X, found Y".
std::string_view type_word(const Json& value);

// Text of a file as it may stand in an error: control characters escaped, cut after kMaxShown
// bytes.
inline constexpr std::size_t kMaxShown = 80;
std::string shown(std::string_view text);
std::string shown_json(const Json& value);

// Reads a regular file of at most `limit` bytes.
Result<std::string> read_text(const std::string& path, std::size_t limit);

}  // namespace kvfoot::model
