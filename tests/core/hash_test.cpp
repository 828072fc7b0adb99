// Counter-based numbers: fixed values, order, range and rough uniformity.
#include <gtest/gtest.h>

#include <array>

#include "sim/core/hash.hpp"

namespace kvfoot {
namespace {

// splitmix64 seeded with 0 starts with this value; it must never change, or seeded runs would.
TEST(Hash, KnownValue) { EXPECT_EQ(mix64(0), 0xe220a8397b1dcdafULL); }

TEST(Hash, OrderMatters) {
  EXPECT_NE(hash_words(1, 2), hash_words(2, 1));
  EXPECT_NE(hash_words(1), hash_words(1, 0));
  EXPECT_NE(hash_text("ab"), hash_text("ba"));
  EXPECT_EQ(hash_words(7, 8, 9), hash_words(7, 8, 9));
}

TEST(Hash, BelowIsUniformEnough) {
  std::array<int, 7> seen{};
  constexpr int kDraws = 70000;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = below(hash_words(i), seen.size());
    ASSERT_LT(value, seen.size());
    seen[value] += 1;
  }
  for (const int count : seen) {
    EXPECT_NEAR(count, kDraws / 7, 400);  // more than four standard deviations
  }
}

TEST(Hash, UnitInterval) {
  EXPECT_EQ(unit_interval(0), 0.0);
  EXPECT_LT(unit_interval(~0ULL), 1.0);
}

}  // namespace
}  // namespace kvfoot
