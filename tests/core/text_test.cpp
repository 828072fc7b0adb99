// Near names, exact decimals, integers and sizes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/core/text.hpp"

namespace kvfoot {
namespace {

TEST(Text, NearNames) {
  const std::vector<std::string> known = {"snapkv", "streaming", "pyramidkv", "full"};
  EXPECT_EQ(nearest_name("snapvk", known), "snapkv");
  EXPECT_EQ(nearest_name("steaming", known), "streaming");
  EXPECT_FALSE(nearest_name("attention", known).has_value());
  EXPECT_EQ(nearest_name("SNAP", known), "snapkv") << "a beginning, in any case of letters";
  const std::vector<std::string> devices = {"h200", "h100-sxm", "a100-80g"};
  EXPECT_EQ(nearest_name("h100", devices), "h100-sxm");
  EXPECT_EQ(nearest_name("H100-SXM", devices), "h100-sxm");
  EXPECT_EQ(suggestion("fulll", known), "did you mean 'full'?");
  EXPECT_EQ(suggestion("zzzzzzzz", known), "known: snapkv, streaming, pyramidkv, full");
}

TEST(Text, SplitAndTrim) {
  EXPECT_EQ(split("a,,b", ',').size(), 3U);
  EXPECT_EQ(split("", ',').size(), 1U);
  EXPECT_EQ(trim("  a b\t\n"), "a b");
  EXPECT_EQ(trim(" \t"), "");
}

TEST(Text, IntegersAreWholeOrNothing) {
  EXPECT_EQ(parse_int("-17"), -17);
  for (const char* bad : {"", " 1", "1 ", "1.0", "0x10", "9223372036854775808", "+1"}) {
    EXPECT_FALSE(parse_int(bad).has_value()) << bad;
  }
}

TEST(Text, DoublesAreFinite) {
  EXPECT_EQ(parse_double("0.5"), 0.5);
  for (const char* bad : {"", "inf", "nan", "1e999", "0.5x"}) {
    EXPECT_FALSE(parse_double(bad).has_value()) << bad;
  }
}

TEST(Text, DecimalsKeepWhatWasWritten) {
  const auto value = parse_decimal("0.90");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->digits, 90);
  EXPECT_EQ(value->scale, 2);
  EXPECT_EQ(value->value(), 0.9);
  EXPECT_EQ(parse_decimal("-.5")->value(), -0.5);
  EXPECT_EQ(parse_decimal("3")->value(), 3.0);
  for (const char* bad :
       {"", ".", "-", "1e3", "1.2.3", "1,5", "0.1234567890123456", "123456789012345678901"}) {
    EXPECT_FALSE(parse_decimal(bad).has_value()) << bad;
  }
}

// int(M (1 - s)) with M = 256: what rounding a gate list to whole heads needs. In doubles
// int((1 - .8) * 10) is 1.
TEST(Text, SharesAreExact) {
  const std::vector<std::pair<const char*, std::int64_t>> of256 = {
      {".1", 230}, {".2", 204}, {".3", 179}, {".4", 153}, {".5", 128}, {".6", 102},
      {".7", 76},  {".8", 51},  {".9", 25},  {"0", 256},  {"1", 0},    {"1.0", 0}};
  for (const auto& [share, heads] : of256) {
    EXPECT_EQ(floor_of_share_left(256, *parse_decimal(share)), heads) << share;
  }
  EXPECT_EQ(floor_of_share_left(10, *parse_decimal("0.8")), 2);
  EXPECT_EQ(floor_of_share_left(32768, *parse_decimal("0.9")), 3276);
  EXPECT_EQ(floor_of_share_left(32768, *parse_decimal("0.7")), 9830);
  EXPECT_EQ(floor_of_share_left(2147483647, *parse_decimal("0.000000000000001")), 2147483646);
}

TEST(TextDeath, ShareOutsideTheUnitIntervalIsABug) {
  EXPECT_DEATH((void)floor_of_share_left(8, *parse_decimal("1.5")), "share");
}

TEST(Text, DoubleQuoted) {
  EXPECT_EQ(double_quoted(""), "\"\"");
  EXPECT_EQ(double_quoted("a \"b\" \\c"), "\"a \\\"b\\\" \\\\c\"");
}

TEST(Text, Tokens) {
  EXPECT_EQ(*parse_tokens("131072"), 131072);
  EXPECT_EQ(*parse_tokens("128K"), 131072);
  EXPECT_EQ(*parse_tokens("1M"), 1 << 20);
  EXPECT_EQ(*parse_tokens("0"), 0);
  EXPECT_EQ(*parse_tokens("-1"), -1);
  EXPECT_EQ(*parse_tokens("8796093022207M"), 8796093022207LL << 20);
  for (const char* bad : {"", "K", "32k", "1.5K", "1KB", "1 K", "1G", "KK", "8796093022208M",
                          "9223372036854775807K", "12x"}) {
    EXPECT_FALSE(parse_tokens(bad).ok()) << bad;
  }
}

TEST(Text, Bytes) {
  EXPECT_EQ(*parse_bytes("80GB"), 80'000'000'000);
  EXPECT_EQ(*parse_bytes("80 GiB"), 80LL << 30);
  EXPECT_EQ(*parse_bytes("1.5KiB"), 1536);
  EXPECT_EQ(*parse_bytes("512"), 512);
  for (const char* bad : {"", "GB", "-1GB", "1gb", "1 G", "1e30", "99999999TiB", "1.2.3MB"}) {
    EXPECT_FALSE(parse_bytes(bad).ok()) << bad;
  }
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(16LL << 30), "16.00 GiB");
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
}

}  // namespace
}  // namespace kvfoot
