// JSON: what is read, what is refused and where, and that writing is stable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "sim/core/hash.hpp"
#include "sim/io/json.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Json, WritesOneLineAndIndented) {
  const JsonValue value(JsonValue::Object{
      {"b", JsonValue(JsonValue::Array{std::int64_t{1}, 0.5, true, JsonValue()})},
      {"a", "x\"\\\n\t\x01"},
      {"empty", JsonValue(JsonValue::Object{})},
  });
  EXPECT_EQ(write_json(value, JsonLayout::kOneLine),
            "{\"b\": [1, 0.5, true, null], \"a\": \"x\\\"\\\\\\n\\t\\u0001\", \"empty\": {}}");
  EXPECT_EQ(write_json(value, JsonLayout::kIndented),
            "{\n  \"b\": [\n    1,\n    0.5,\n    true,\n    null\n  ],\n"
            "  \"a\": \"x\\\"\\\\\\n\\t\\u0001\",\n  \"empty\": {}\n}");
}

TEST(Json, NumbersAreShortestAndKeepTheirType) {
  EXPECT_EQ(format_double(0.1), "0.1");
  EXPECT_EQ(format_double(1), "1.0");
  EXPECT_EQ(format_double(-0.0), "-0.0");
  EXPECT_EQ(format_double(1e20), "1e+20");
  const auto read = parse_json("[1, 1.0, -9223372036854775808]", "x");
  ASSERT_TRUE(read);
  const auto& array = *read->get_if<JsonValue::Array>();
  EXPECT_NE(array[0].get_if<std::int64_t>(), nullptr);
  EXPECT_NE(array[1].get_if<double>(), nullptr);
  EXPECT_EQ(*array[2].get_if<std::int64_t>(), INT64_MIN);
}

TEST(Json, EveryFiniteDoubleSurvives) {
  std::uint64_t tried = 0;
  for (std::uint64_t i = 0; tried < 20000; ++i) {
    const auto value = std::bit_cast<double>(hash_words(i));
    if (!std::isfinite(value)) {
      continue;
    }
    ++tried;
    const auto read = parse_json(format_double(value), "x");
    ASSERT_TRUE(read) << format_double(value);
    EXPECT_EQ(*read->get_if<double>(), value);
  }
}

TEST(Json, BrokenUtf8BecomesReplacementCharacters) {
  EXPECT_EQ(write_json(std::string_view("a\xFFz"), JsonLayout::kOneLine), "\"a\xEF\xBF\xBDz\"");
  // An overlong slash and a lone surrogate are no characters either.
  EXPECT_EQ(write_json(std::string_view("\xC0\xAF"), JsonLayout::kOneLine),
            "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(write_json(std::string_view("\xE2\x82\xAC"), JsonLayout::kOneLine), "\"\xE2\x82\xAC\"");
}

TEST(Json, ErrorsNameLineAndColumn) {
  const auto read = parse_json("{\n  \"a\": 1,\n  \"b\" 2\n}", "f.json");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().where, StartsWith("f.json:3:"));
  EXPECT_THAT(read.error().what, StartsWith("not valid JSON: "));
}

TEST(Json, RefusesWhatOthersGuessAbout) {
  EXPECT_THAT(parse_json("{\"a\": 1, \"a\": 2}", "f").error().what, HasSubstr("given twice"));
  EXPECT_THAT(parse_json("18446744073709551615", "f").error().what, HasSubstr("64 bits"));
  EXPECT_THAT(parse_json("99999999999999999999999", "f").error().what, HasSubstr("64 bits"));
  EXPECT_FALSE(parse_json("1 2", "f"));
  EXPECT_FALSE(parse_json("", "f"));
  EXPECT_FALSE(parse_json("{\"a\": NaN}", "f"));
  EXPECT_FALSE(parse_json("1e999", "f"));
  EXPECT_FALSE(parse_json("[1, // no\n 2]", "f"));
  EXPECT_THAT(parse_json(std::string(100000, '['), "f").error().what, HasSubstr("levels"));
}

TEST(JsonDeathTest, UnknownNumbersAreAbsentNotNaN) {
  EXPECT_DEATH((void)write_json(std::nan(""), JsonLayout::kOneLine), "finite");
}

}  // namespace
}  // namespace kvfoot
