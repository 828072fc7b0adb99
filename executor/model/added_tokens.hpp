// Finds added (special) tokens in text: leftmost, then longest (private to executor/model).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace kvfoot::model {

// A trie over the contents of a set of tokens.
class TokenFinder {
 public:
  struct Match {
    std::size_t begin = 0;
    std::size_t length = 0;
    std::int32_t id = 0;
  };

  TokenFinder();
  void add(std::string_view content, std::int32_t id);  // content must not be empty
  bool empty() const { return nodes_.size() == 1; }

  // The first match at or after `from`.
  std::optional<Match> find(std::string_view text, std::size_t from) const;

 private:
  struct Edge {
    std::uint8_t byte = 0;
    std::uint32_t node = 0;
  };
  struct Node {
    std::int32_t id = -1;
    std::vector<Edge> edges;
  };
  const Edge* edge(const Node& node, std::uint8_t byte) const;

  std::vector<Node> nodes_;
  std::array<bool, 256> first_{};  // bytes with which some token begins
};

}  // namespace kvfoot::model
