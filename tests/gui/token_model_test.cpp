// Wrapping, visible white space and lives of tokens, by hand-worked numbers and naive twins.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "gui/model/token_layout.hpp"
#include "gui/model/token_lives.hpp"
#include "gui/model/token_marks.hpp"
#include "gui/model/token_search.hpp"
#include "gui/model/trace_text.hpp"
#include "sim/core/hash.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

using enum TokenBreak;

// "ab", " cd", "ef", " g" in a line of 50: "ab cd" fits, "ef" belongs to " cd".
TEST(TokenLayout, WordsMoveDownWhole) {
  const std::vector<float> widths{20, 20, 20, 15};
  const std::vector<TokenBreak> breaks{kNone, kBefore, kNone, kBefore};
  const TokenLayout layout(widths, breaks, 50);
  ASSERT_EQ(layout.lines(), 3);
  EXPECT_EQ(layout.begin_of(1), 1);
  EXPECT_EQ(layout.x_of(1), 0);
  EXPECT_EQ(layout.x_of(2), 20);
  EXPECT_EQ(layout.begin_of(2), 3);
  EXPECT_EQ(layout.line_of(2), 1);
  EXPECT_EQ(layout.token_at(1, 25), 2);
  EXPECT_EQ(layout.token_at(1, 39.5), 2);
  EXPECT_EQ(layout.token_at(1, 40), -1);  // its right edge belongs to nobody
  EXPECT_EQ(layout.token_at(1, 45), -1);
  EXPECT_EQ(layout.nearest(1, 45), 2);
  EXPECT_EQ(layout.token_at(3, 5), -1);
  EXPECT_EQ(layout.token_at(0, -1), -1);
}

TEST(TokenSearch, FindsWordsAcrossTokens) {
  TraceText texts;
  texts.distinct = {visible_text("The"), visible_text(" need"), visible_text("le"),
                    visible_text("\n"),  visible_text(""),      visible_text(" ")};
  texts.text = {0, 1, 2, 3, 0, 4, 1, 2, 5, 2};  // "The needle\nThe needle le"
  const TokenSearch search(texts);
  using Spans = std::vector<TokenSpan>;
  EXPECT_EQ(search.find(QStringLiteral("needle")), (Spans{{1, 3}, {6, 8}}));
  EXPECT_EQ(search.find(QStringLiteral("NEEDLE the")), (Spans{{1, 5}}));
  EXPECT_EQ(search.find(QStringLiteral("the")), (Spans{{0, 1}, {4, 5}}));
  EXPECT_EQ(search.find(QStringLiteral("e")),
            (Spans{{0, 1}, {1, 2}, {1, 2}, {2, 3}, {4, 5}, {6, 7}, {6, 7}, {7, 8}, {9, 10}}));
  EXPECT_EQ(search.find(QStringLiteral("le le")), (Spans{{7, 10}}));
  EXPECT_EQ(search.find(QStringLiteral("needles")), Spans{});
  EXPECT_EQ(search.find(QString()), Spans{});
  EXPECT_EQ(TokenSearch().find(QStringLiteral("a")), Spans{});
}

TEST(TokenLayout, SpaceHangsAndLinesEnd) {
  const std::vector<float> widths{30, 20, 10, 10, 5, 30};
  const std::vector<TokenBreak> breaks{kNone, kNone, kSpace, kNone, kLine, kNone};
  const TokenLayout layout(widths, breaks, 50, 10);
  ASSERT_EQ(layout.lines(), 3);
  EXPECT_EQ(layout.begin_of(1), 3);  // the space ends the first line
  EXPECT_EQ(layout.x_of(2), 50);
  EXPECT_EQ(layout.begin_of(2), 5);  // the line's end is part of the second
  // A sign for the end of a line hangs as a space does.
  const std::vector<float> full{50, 5};
  EXPECT_EQ(TokenLayout(full, std::vector<TokenBreak>{kNone, kLine}, 50, 10).lines(), 1);
  EXPECT_EQ(TokenLayout(full, std::vector<TokenBreak>{kNone, kNone}, 50, 10).lines(), 2);
}

TEST(TokenLayout, LongWordsBreakBetweenTokensAndWideTokensStandAlone) {
  const std::vector<float> widths{30, 30, 30, 200, 10};
  const std::vector<TokenBreak> breaks(5, kNone);
  const TokenLayout layout(widths, breaks, 70);
  ASSERT_EQ(layout.lines(), 4);
  EXPECT_EQ(layout.begin_of(1), 2);
  EXPECT_EQ(layout.begin_of(2), 3);
  EXPECT_EQ(layout.begin_of(3), 4);
}

TEST(TokenLayout, NothingHasNoLines) {
  EXPECT_EQ(TokenLayout().lines(), 0);
  EXPECT_EQ(TokenLayout({}, {}, 100).lines(), 0);
  EXPECT_EQ(TokenLayout({}, {}, 100).token_at(0, 0), -1);
}

// Every token is on one line, lines do not overflow, and no line could have taken the next word.
TEST(TokenLayout, HoldsItsPromisesForAnyText) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<float> widths;
    std::vector<TokenBreak> breaks;
    for (std::uint64_t i = 0; i < 1 + hash_words(seed, 1) % 120; ++i) {
      widths.push_back(static_cast<float>(1 + hash_words(seed, 2, i) % 30));
      breaks.push_back(static_cast<TokenBreak>(hash_words(seed, 3, i) % 4));
    }
    const double width = 40 + static_cast<double>(seed % 60);
    const TokenLayout layout(widths, breaks, width, 5);
    ASSERT_EQ(layout.begin_of(0), 0);
    ASSERT_EQ(layout.begin_of(layout.lines()), layout.tokens());
    for (std::int64_t line = 0; line < layout.lines(); ++line) {
      double x = 0;
      ASSERT_LT(layout.begin_of(line), layout.begin_of(line + 1));
      for (std::int64_t i = layout.begin_of(line); i < layout.begin_of(line + 1); ++i) {
        ASSERT_EQ(layout.line_of(i), line);
        ASSERT_EQ(layout.x_of(i), x);
        ASSERT_EQ(layout.token_at(line, x + 0.5), i);
        x += layout.width_of(i);
        const bool space = breaks[static_cast<std::size_t>(i)] >= kSpace;
        ASSERT_LE(x, width + (space ? 5 : 0)) << "seed " << seed;
        ASSERT_TRUE(breaks[static_cast<std::size_t>(i)] != kLine ||
                    i + 1 == layout.begin_of(line + 1));
      }
    }
  }
}

TEST(TraceText, WhiteSpaceAndBytesAreVisible) {
  EXPECT_EQ(visible_text("the"), "the");
  EXPECT_EQ(visible_text(" the"), " the");
  EXPECT_EQ(visible_text(" "), QString(QChar(0xB7)));
  EXPECT_EQ(visible_text(" \n"), QString(QChar(0xB7)) + QChar(0x23CE));
  EXPECT_EQ(visible_text("\t"), QString(QChar(0x21E5)));
  EXPECT_EQ(visible_text("\xE2\x82"), "\\xe2\\x82");
  EXPECT_EQ(visible_text("\xE2\x82\xAC"), QString(QChar(0x20AC)));
  EXPECT_EQ(visible_text(""), QString(QChar(0x2205)));
  EXPECT_EQ(visible_text("\x01\x7f"), "\\x01\\x7f");
  EXPECT_EQ(break_of("the"), kNone);
  EXPECT_EQ(break_of(" the"), kBefore);
  EXPECT_EQ(break_of("  "), kSpace);
  EXPECT_EQ(break_of(".\n"), kLine);
}

TEST(TraceText, OfATraceInOrderAndNoMoreThanTheRun) {
  const auto trace = TraceReader::open(bundled_trace("needle-320-rows.h5"));
  ASSERT_TRUE(trace.ok());
  int measured = 0;
  const auto measure = [&](const QString& text) {
    ++measured;
    return static_cast<double>(text.size());
  };
  const TraceText texts = read_trace_text(**trace, 100, measure);
  ASSERT_EQ(texts.tokens(), 100);
  EXPECT_FALSE(texts.ids);
  EXPECT_EQ(texts.of(0), "<|begin_of_text|>");
  EXPECT_EQ(texts.width[0], 17);
  EXPECT_EQ(texts.of(4), QString(QChar(0xB7)));
  EXPECT_EQ(measured, static_cast<int>(texts.distinct.size()));  // each text once
  EXPECT_EQ(read_trace_text(**trace, 1000, measure).tokens(), 332);
  const std::atomic<bool> cancel = true;
  EXPECT_EQ(read_trace_text(**trace, 1000, measure, &cancel).tokens(), 0);
}

// 13 rows in chunks of four: what the first pass evicts is gone from row 4 on.
TEST(TokenLives, OfAHandWorkedSchedule) {
  RunLengths run;
  run.prompt = 10;
  run.output = 3;
  run.chunk = 4;
  StreamLives lives(run, 1, 2);
  const auto evict = [&](std::int32_t pass, std::int32_t head, TokenPos begin, TokenPos end) {
    DecisionRecord record;
    record.pass = pass;
    record.head = head;
    record.evicted = {{begin, end}};
    lives.on_decision(record);
  };
  evict(0, 0, 1, 3);
  evict(1, 0, 5, 6);
  evict(1, 1, 1, 2);
  const auto shared = std::make_shared<const StreamLives>(lives);
  TokenLives first(shared, {0, 0});
  EXPECT_EQ(first.streams(), 1);
  EXPECT_EQ(first.lived_rows(1), 3);  // rows 1, 2, 3
  EXPECT_EQ(first.lived_share(1), 3.0 / 12);
  EXPECT_EQ(first.lived_share(2), 2.0 / 11);
  EXPECT_EQ(first.lived_share(5), 3.0 / 8);
  EXPECT_EQ(first.lived_share(12), 1);
  EXPECT_EQ(first.resident(1, 0), 0);  // not yet
  EXPECT_EQ(first.resident(1, 3), 1);
  EXPECT_EQ(first.resident(1, 4), 0);
  TokenLives both(shared, {});
  EXPECT_EQ(both.streams(), 2);
  EXPECT_EQ(both.lived_rows(1), (3.0 + 7) / 2);
  EXPECT_EQ(both.lived_share(0), 1);
  EXPECT_EQ(both.resident(1, 3), 2);
  EXPECT_EQ(both.resident(1, 7), 1);
  EXPECT_EQ(both.resident(1, 8), 0);
  EXPECT_EQ(both.resident(1, 3), 2);  // back again

  // At row 7 both streams hold 0, 3, 4, 5; key 1 one of them; key 2 one.
  const std::vector<TokenMark> marks{
      {"a", 0, 2, 0}, {"b", 2, 4, 1}, {"a", 5, 6, 0}, {"late", 9, 12, 2}};
  const auto left = survival_of(marks, both, 7);
  ASSERT_EQ(left.size(), 2U);  // row 7 knows nothing of the last
  EXPECT_EQ(left[0].name, "a");
  EXPECT_EQ(left[0].tokens, 3);
  EXPECT_EQ(left[0].share, 5.0 / 6);
  EXPECT_EQ(left[1].share, 3.0 / 4);
  EXPECT_EQ(survival_of(marks, both, 10)[2].tokens, 2);
  EXPECT_EQ(survival_of(marks, both, 7, 2).size(), 1U);  // "a" has too many tokens
}

// Positions are counted a thousand or so at a time: key by key it is the same.
TEST(TokenLives, OfLongRunsAreCountedKeyByKey) {
  RunLengths run;
  run.prompt = 3000;
  run.output = 100;
  run.chunk = 500;
  StreamLives lives(run, 2, 1);
  for (std::int32_t pass = 0; pass < 6; ++pass) {
    DecisionRecord record;
    record.pass = pass;
    record.layer = pass % 2;
    record.evicted = {{pass * 500 + 7, pass * 500 + 490}};
    lives.on_decision(record);
  }
  const auto shared = std::make_shared<const StreamLives>(lives);
  TokenLives both(shared, {});
  for (const std::int64_t row : {2600, 900, 3099}) {
    for (const std::int64_t key : {3099, 0, 7, 489, 1023, 1024, 1025, 1100, 2047, 2048, 2600}) {
      std::int64_t lived = 0;
      std::int32_t resident = 0;
      for (std::int32_t layer = 0; layer < 2; ++layer) {
        const std::int64_t gone = lives.evicted_at(layer, 0)[static_cast<std::size_t>(key)];
        lived += gone - key;
        resident += key <= row && gone > row ? 1 : 0;
      }
      EXPECT_EQ(both.lived_rows(key), static_cast<double>(lived) / 2) << key;
      EXPECT_EQ(both.resident(key, row), resident) << key << " at " << row;
    }
  }
}

TEST(TokenMarks, AreSegmentsWithoutFillerAndTheOutput) {
  TraceHeader header;
  header.run.prompt = 100;
  header.segments = {{"question", 90, 120},
                     {"filler", 0, 20},
                     {"doc", 20, 40},
                     {"doc", 50, 60},
                     {"inside", 52, 55}};
  const auto marks = marks_of(header, 130, "output");
  ASSERT_EQ(marks.size(), 4U);
  EXPECT_EQ(marks[0].name, "doc");
  EXPECT_EQ(marks[1].number, 0U);
  EXPECT_EQ(marks[2].name, "question");
  EXPECT_EQ(marks[2].end, 100);
  EXPECT_EQ(marks[2].number, 1U);
  EXPECT_EQ(marks[3].begin, 100);
  EXPECT_EQ(marks[3].end, 130);
  EXPECT_EQ(marks_of(header, 100, "output").size(), 3U);
}

}  // namespace
}  // namespace kvfoot::gui
