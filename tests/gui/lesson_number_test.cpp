// What readers write for a number is taken where it can mean one thing only.
#include "gui/model/lesson_number.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace kvfoot::gui {
namespace {

using Cases = std::vector<std::pair<const char*, double>>;

void expect(const Cases& cases, const char* unit, const QLocale& locale) {
  for (const auto& [text, value] : cases) {
    const ReadNumber read = read_number(QString::fromUtf8(text), QString::fromUtf8(unit), locale);
    ASSERT_TRUE(read.value.has_value()) << text << ": " << read.problem.toStdString();
    EXPECT_NEAR(*read.value, value, 1e-12 * value) << text;
    EXPECT_TRUE(read.problem.isEmpty()) << text;
  }
}

void expect_problem(const char* text, const char* unit, const QLocale& locale, const char* part) {
  const ReadNumber read = read_number(QString::fromUtf8(text), QString::fromUtf8(unit), locale);
  EXPECT_FALSE(read.value.has_value()) << text;
  EXPECT_TRUE(read.problem.contains(QString::fromUtf8(part)))
      << text << ": " << read.problem.toStdString();
}

const QLocale kEnglish(QLocale::English);
const QLocale kGerman(QLocale::German);
const QLocale kChinese(QLocale::Chinese);

TEST(LessonNumber, SeparatorsThatMeanOneThing) {
  for (const QLocale& locale : {kEnglish, kGerman, kChinese}) {
    expect({{"1025", 1025},
            {" 1025 ", 1025},
            {"1025.0", 1025},
            {"0,5", 0.5},
            {"0.5", 0.5},
            {".5", 0.5},
            {",5", 0.5},
            {"61,5", 61.5},
            {"16.", 16},
            {"16,", 16},
            {"0,125", 0.125},
            {"0.125", 0.125},
            {"1,025.5", 1025.5},
            {"1.025,5", 1025.5},
            {"1,048,576", 1048576},
            {"1.048.576", 1048576},
            {"131 072", 131072},
            {"131\u202f072", 131072},
            {"1'025", 1025},
            {"131 072,5", 131072.5},
            {"1e3", 1000},
            {"１０２５", 1025},
            {"６１．５", 61.5},
            {"61。5", 61.5}},
           "keys", locale);
  }
}

// "1,025" is a thousand and 25 where commas part thousands, and a decimal where they are decimals.
TEST(LessonNumber, OneSeparatorIsReadAsTheReaderWrites) {
  expect({{"1,025", 1025}, {"1.025", 1.025}}, "keys", kEnglish);
  expect({{"1,025", 1025}, {"1.025", 1.025}}, "个键", kChinese);
  expect({{"1,025", 1.025}}, "keys", kGerman);
  expect_problem("1.025", "keys", kGerman, "more than one way");
}

TEST(LessonNumber, UnitsAreThatOfTheQuestionOrOfItsKind) {
  expect({{"61.5 %", 61.5}, {"61.5%", 61.5}, {"61.5％", 61.5}, {"61,5 %", 61.5}}, "%", kEnglish);
  expect({{"16 GiB", 16}, {"16gib", 16}, {"16384 MiB", 16}, {"1 TiB", 1024}}, "GiB", kEnglish);
  expect({{"35.8 ms", 35.8}, {"0.0358 s", 35.8}, {"35800 µs", 35.8}, {"35800 us", 35.8}}, "ms",
         kEnglish);
  expect({{"1025 keys", 1025}, {"1025 Keys", 1025}}, "keys", kEnglish);
  expect({{"4 倍", 4}, {"4倍", 4}}, "倍", kChinese);
  expect_problem("16 GB", "GiB", kEnglish, "GiB, not “GB”");
  expect_problem("20 %", "GiB", kEnglish, "GiB, not “%”");
  expect_problem("12 ms", "GiB", kEnglish, "GiB, not “ms”");
  expect_problem("12 x", "", kEnglish, "without “x”");
}

TEST(LessonNumber, WhatIsNoneSaysWhatIsExpected) {
  for (const char* none : {"abc", "many", "nan", "inf", "", "%", "~12", "one"}) {
    expect_problem(none, "GiB", kEnglish, "A number is expected, such as 12.5, in this unit: GiB");
    expect_problem(none, "", kEnglish, "A number is expected, such as 12.5.");
  }
  for (const char* none : {"10 25", "1,23,4", "1.2.3", "1,0.25,3", "12,34,567", "1e999"}) {
    expect_problem(none, "keys", kEnglish, "more than one way");
  }
  expect_problem("10 25 x", "keys", kEnglish, "keys, not “x”");
}

}  // namespace
}  // namespace kvfoot::gui
