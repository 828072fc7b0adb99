// Finds added tokens in text.
#include "executor/model/added_tokens.hpp"

namespace kvfoot::model {

TokenFinder::TokenFinder() : nodes_(1) {}

const TokenFinder::Edge* TokenFinder::edge(const Node& node, std::uint8_t byte) const {
  for (const Edge& edge : node.edges) {
    if (edge.byte == byte) {
      return &edge;
    }
  }
  return nullptr;
}

void TokenFinder::add(std::string_view content, std::int32_t id) {
  first_[static_cast<std::uint8_t>(content.front())] = true;
  std::size_t node = 0;
  for (const char c : content) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (const Edge* known = edge(nodes_[node], byte)) {
      node = known->node;
      continue;
    }
    const std::size_t made = nodes_.size();
    nodes_[node].edges.push_back({byte, static_cast<std::uint32_t>(made)});
    nodes_.emplace_back();
    node = made;
  }
  nodes_[node].id = id;
}

std::optional<TokenFinder::Match> TokenFinder::find(std::string_view text, std::size_t from) const {
  for (std::size_t begin = from; begin < text.size(); ++begin) {
    if (!first_[static_cast<std::uint8_t>(text[begin])]) {
      continue;
    }
    std::optional<Match> longest;
    std::size_t node = 0;
    for (std::size_t at = begin; at < text.size(); ++at) {
      const Edge* next = edge(nodes_[node], static_cast<std::uint8_t>(text[at]));
      if (next == nullptr) {
        break;
      }
      node = next->node;
      if (nodes_[node].id >= 0) {
        longest = Match{begin, at + 1 - begin, nodes_[node].id};
      }
    }
    if (longest) {
      return longest;
    }
  }
  return std::nullopt;
}

}  // namespace kvfoot::model
