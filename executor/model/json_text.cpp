// Strict JSON text for the model files.
#include "executor/model/json_text.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <unordered_set>
#include <vector>

namespace kvfoot::model {

namespace {

std::string line_and_column(std::string_view text, std::size_t byte) {
  byte = byte > text.size() ? text.size() : byte;
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i + 1 < byte; ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

Result<Json> parse_object(std::string_view text, std::string_view where) {
  // One set of keys per open object; vectors keep their capacity between siblings.
  std::vector<std::unordered_set<std::string>> keys;
  std::string duplicate;
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    too_deep = too_deep || depth > kMaxJsonDepth;
    if (event == Event::object_start) {
      keys.emplace_back();
    } else if (event == Event::object_end) {
      keys.pop_back();
    } else if (event == Event::key && duplicate.empty()) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.back().insert(key).second) {
        duplicate = key;
      }
    }
    // Values below the limit of depth are dropped, so that hostile nesting costs no memory.
    return depth <= kMaxJsonDepth;
  };
  Json value;
  try {
    value = Json::parse(text, watch);
  } catch (const Json::parse_error& error) {
    return Error{std::string(where), "not valid JSON at " + line_and_column(text, error.byte),
                 "the file may be cut short or damaged"};
  } catch (const Json::exception& error) {
    return Error{std::string(where), std::string("not usable JSON: ") + error.what()};
  }
  if (too_deep) {
    return Error{std::string(where),
                 "JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels"};
  }
  if (!duplicate.empty()) {
    return Error{std::string(where),
                 "the key \"" + shown(duplicate) + "\" appears twice in one object"};
  }
  if (!value.is_object()) {
    return Error{std::string(where),
                 "the file must hold a JSON object, found " + std::string(type_word(value))};
  }
  return value;
}

std::string shown(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  const bool cut = text.size() > kMaxShown;
  std::size_t length = cut ? kMaxShown : text.size();
  while (cut && length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U) {
    --length;  // not within a character
  }
  std::string out;
  for (const char c : text.substr(0, length)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return cut ? out + "..." : out;
}

std::string shown_json(const Json& value) { return shown(std::string_view(value.dump())); }

std::string_view type_word(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "a boolean";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "an integer";
    case Json::value_t::number_float:
      return "a fraction";
    default:
      return "something else";
  }
}

Result<std::string> read_text(const std::string& path, std::size_t limit) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) {
    return Error{path, "there is no such file"};
  }
  if (!std::filesystem::is_regular_file(status)) {
    return Error{path, "not a regular file"};
  }
  const std::uintmax_t size = std::filesystem::file_size(path, code);
  if (code) {
    return Error{path, "cannot be read: " + code.message()};
  }
  if (size > limit) {
    return Error{path, "has " + std::to_string(size) + " bytes, more than the " +
                           std::to_string(limit) + " that such a file may have"};
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Error{path, std::string("cannot be opened: ") + std::strerror(errno)};
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (in.gcount() != static_cast<std::streamsize>(size)) {
    return Error{path, "ended before its " + std::to_string(size) + " bytes were read"};
  }
  return text;
}

}  // namespace kvfoot::model
