// YAML documents as a tree that remembers the line of every node.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/result.hpp"

namespace kvfoot {

// Scalars keep their text, so that decimals stay exact; `quoted` tells '7' from 7.
struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  int line = 1;  // 1-based
  bool quoted = false;
  std::string text;                               // kScalar
  std::vector<YamlNode> items;                    // kList; kMap: the values, in file order
  std::vector<std::pair<std::string, int>> keys;  // kMap: key and its line, parallel to items

  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  // "a list", "a map", ... for error messages.
  [[nodiscard]] std::string_view kind_name() const;
  friend bool operator==(const YamlNode&, const YamlNode&) = default;
};

constexpr int kMaxYamlDepth = 32;
constexpr std::size_t kMaxYamlNodes = 1'000'000;

// One document. Anchors and aliases, several documents, repeated keys, keys that are not plain
// text and deep or huge documents are errors; so is an empty one. Errors say "WHERE:LINE".
[[nodiscard]] Result<YamlNode> parse_yaml(std::string_view text, std::string_view where);

}  // namespace kvfoot
