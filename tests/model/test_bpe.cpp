// The merge engine against its definition, written naively.
#include "executor/model/bpe.hpp"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <string>

#include "sim/core/hash.hpp"

namespace kvfoot::model {
namespace {

using Ids = std::vector<std::int32_t>;

std::array<std::int32_t, 256> identity() {
  std::array<std::int32_t, 256> ids{};
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

Ids naive(const std::vector<BpeMerge>& merges, std::string_view text) {
  std::map<std::pair<std::int32_t, std::int32_t>, std::size_t> ranks;
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    ranks[{merges[rank].left, merges[rank].right}] = rank;
  }
  Ids ids;
  for (const char c : text) {
    ids.push_back(static_cast<unsigned char>(c));
  }
  while (true) {
    std::size_t best = merges.size();
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto it = ranks.find({ids[i], ids[i + 1]});
      if (it != ranks.end() && it->second < best) {
        best = it->second;
        at = i;
      }
    }
    if (best == merges.size()) {
      return ids;
    }
    ids[at] = merges[best].result;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

TEST(Bpe, MergesTheLowestRankLeftmostFirst) {
  // a b c d: (b c) before (a b) before (bc d); equal pairs from the left.
  const std::vector<BpeMerge> merges{
      {'b', 'c', 300}, {'a', 'b', 301}, {300, 'd', 302}, {'a', 'a', 303}};
  const BpeMerger merger(identity(), merges);
  const auto encode = [&](std::string_view text) {
    Ids out;
    std::uint8_t missing = 0;
    EXPECT_TRUE(merger.encode(text, out, missing));
    return out;
  };
  EXPECT_EQ(encode("abcd"), (Ids{'a', 302}));
  EXPECT_EQ(encode("abd"), (Ids{301, 'd'}));
  EXPECT_EQ(encode("aaa"), (Ids{303, 'a'}));
  EXPECT_EQ(encode("aaab"), (Ids{303, 301}));  // (a b) takes the last a, then (a a)
  EXPECT_EQ(encode(""), Ids{});
  EXPECT_EQ(encode("z"), Ids{'z'});
}

TEST(Bpe, OfTwoEqualMergesTheLaterRankCounts) {
  const std::vector<BpeMerge> merges{{'a', 'b', 300}, {'b', 'c', 301}, {'a', 'b', 300}};
  const BpeMerger merger(identity(), merges);
  Ids out;
  std::uint8_t missing = 0;
  EXPECT_TRUE(merger.encode("abc", out, missing));
  EXPECT_EQ(out, (Ids{'a', 301}));
}

TEST(Bpe, AgreesWithTheDefinitionAtEveryLength) {
  for (std::uint64_t round = 0; round < 40; ++round) {
    // Random merges over a small alphabet, so that pairs overlap and chains grow long.
    std::vector<BpeMerge> merges;
    Ids symbols{'a', 'b', 'c', 'd'};
    for (std::int32_t i = 0; i < 60; ++i) {
      const auto pick = [&](std::uint64_t salt) {
        return symbols[below(hash_words(round, i, salt), symbols.size())];
      };
      merges.push_back({pick(1), pick(2), 300 + i});
      symbols.push_back(300 + i);
    }
    const BpeMerger merger(identity(), merges);
    // 48 is where the short path ends.
    for (const std::size_t length :
         {0u, 1u, 2u, 3u, 5u, 17u, 31u, 47u, 48u, 49u, 64u, 200u, 1000u}) {
      std::string text;
      for (std::size_t i = 0; i < length; ++i) {
        text += static_cast<char>('a' + below(hash_words(round, length, i), 1 + round % 4));
      }
      Ids out{-7};  // what is there already stays
      std::uint8_t missing = 0;
      ASSERT_TRUE(merger.encode(text, out, missing));
      EXPECT_EQ(out.front(), -7);
      out.erase(out.begin());
      EXPECT_EQ(out, naive(merges, text)) << "round " << round << " length " << length;
    }
  }
}

TEST(Bpe, SaysWhichByteHasNoToken) {
  auto ids = identity();
  ids[200] = -1;
  const BpeMerger merger(ids, {});
  Ids out;
  std::uint8_t missing = 0;
  EXPECT_FALSE(merger.encode("ab\xc8", out, missing));
  EXPECT_EQ(missing, 200);
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace kvfoot::model
