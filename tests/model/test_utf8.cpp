// UTF-8 scanning: every code point, and the ill-formed sequences of Unicode's own table 3-8.
#include "executor/model/utf8.hpp"

#include <gtest/gtest.h>

namespace kvfoot::model {
namespace {

std::string encode(unsigned code) {
  std::string text;
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0 | (code >> 6));
    text += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    text += static_cast<char>(0xe0 | (code >> 12));
    text += static_cast<char>(0x80 | ((code >> 6) & 63));
    text += static_cast<char>(0x80 | (code & 63));
  } else {
    text += static_cast<char>(0xf0 | (code >> 18));
    text += static_cast<char>(0x80 | ((code >> 12) & 63));
    text += static_cast<char>(0x80 | ((code >> 6) & 63));
    text += static_cast<char>(0x80 | (code & 63));
  }
  return text;
}

TEST(Utf8, KnowsEveryCodePoint) {
  for (unsigned code = 0; code < 0x110400; ++code) {
    const std::string text = encode(code);
    const bool valid = code < 0x110000 && (code < 0xd800 || code >= 0xe000);
    const Utf8Step step = utf8_step(text + "!");
    ASSERT_EQ(step.valid, valid) << std::hex << code;
    ASSERT_TRUE(!valid || step.length == text.size()) << std::hex << code;
    ASSERT_EQ(utf8_valid_prefix("12345678" + text + "a"), valid ? 9 + text.size() : 8u);
  }
}

TEST(Utf8, ReplacesMaximalPieces) {
  const std::string mark = "\xef\xbf\xbd";
  // Overlong forms, surrogates and stray continuations: one mark per byte.
  EXPECT_EQ(utf8_lossy("\xc0\xaf"), mark + mark);
  EXPECT_EQ(utf8_lossy("\xe0\x80\xbf"), mark + mark + mark);
  EXPECT_EQ(utf8_lossy("\xed\xa0\x80"), mark + mark + mark);
  EXPECT_EQ(utf8_lossy("\xf4\x91\x92\x93\xff"), mark + mark + mark + mark + mark);
  // Truncated forms: one mark for the part that could have gone on.
  EXPECT_EQ(utf8_lossy("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), mark + mark + mark + mark + "A");
  EXPECT_EQ(utf8_lossy("a\xf0\x9f\x98"), "a" + mark);
  EXPECT_EQ(utf8_lossy(""), "");
}

TEST(Utf8, HoldsBackOnlyAnUnfinishedCharacterAtTheEnd) {
  std::size_t unfinished = 9;
  EXPECT_EQ(utf8_lossy("a\xf0\x9f\x98", &unfinished), "a");
  EXPECT_EQ(unfinished, 3u);
  EXPECT_EQ(utf8_lossy("\xe4\xb8\xad", &unfinished), "\xe4\xb8\xad");
  EXPECT_EQ(unfinished, 0u);
  EXPECT_EQ(utf8_lossy("\xff", &unfinished), "\xef\xbf\xbd");
  EXPECT_EQ(unfinished, 0u);
  EXPECT_EQ(utf8_invalid_prefix("\xff\xfe\xe4\xb8\xad"), 2u);
  EXPECT_EQ(utf8_invalid_prefix("\xff\xe4\xb8"), 3u);
}

}  // namespace
}  // namespace kvfoot::model
