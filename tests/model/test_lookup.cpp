// The two lookups of the tokenizer: added tokens in text, whole pieces among the tokens.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "executor/model/added_tokens.hpp"
#include "executor/model/piece_table.hpp"
#include "sim/core/hash.hpp"

namespace kvfoot::model {
namespace {

TEST(TokenFinder, FindsTheLeftmostThenTheLongest) {
  TokenFinder finder;
  EXPECT_TRUE(finder.empty());
  finder.add("ab", 1);
  finder.add("abcd", 2);
  finder.add("bcdef", 3);
  finder.add("c", 4);
  const auto id_at = [&](std::string_view text, std::size_t from = 0) {
    const auto match = finder.find(text, from);
    return match ? std::make_pair(match->begin, match->id) : std::make_pair(text.size(), -1);
  };
  EXPECT_EQ(id_at("xxabcdef"), std::make_pair(std::size_t{2}, 2));  // not 3, which begins later
  EXPECT_EQ(id_at("xxabce"),
            std::make_pair(std::size_t{2}, 1));  // abcd breaks off: the shorter one
  EXPECT_EQ(id_at("xxabcdef", 3), std::make_pair(std::size_t{3}, 3));
  EXPECT_EQ(id_at("xbc"), std::make_pair(std::size_t{2}, 4));
  EXPECT_EQ(id_at("a"), std::make_pair(std::size_t{1}, -1));
  EXPECT_EQ(finder.find("abcd", 0)->length, 4u);
}

TEST(PieceTable, AgreesWithAMap) {
  std::map<std::string, std::int32_t> map;
  PieceTable table(2000);
  for (std::int32_t i = 0; i < 2000; ++i) {
    std::string piece;
    const std::uint64_t h = hash_words(i);
    for (std::uint64_t k = 0; k < h % 20; ++k) {
      piece += static_cast<char>('a' + below(hash_words(h, k), 3));
    }
    table.insert(piece, i);
    map.emplace(piece, i);  // neither takes a second id for the same piece
  }
  for (const auto& [piece, id] : map) {
    EXPECT_EQ(table.find(piece), id) << piece;
    EXPECT_EQ(table.find(piece + "z"), -1);
  }
  EXPECT_EQ(PieceTable().find("a"), -1);
}

}  // namespace
}  // namespace kvfoot::model
