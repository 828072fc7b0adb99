// Broken lesson files and expressions: one error with file and line.
#include <gtest/gtest.h>

#include "gui/model/lesson.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

constexpr const char* kHead =
    "kvfoot_lesson: 1\n"
    "title: A\n"
    "summary: B\n"
    "scenarios:\n"
    "  one: {workload: {shape: llama-3.1-8b, prompt: 100}, chunk: 10, policy: full}\n"  // line 5
    "steps:\n"
    "  - title: C\n"
    "    text: D\n";  // line 8

std::string error_of(const std::string& text) {
  const auto lesson = parse_lesson(text, "a.yaml", "");
  return lesson ? "" : lesson.error().message();
}

TEST(LessonFile, TheHeadAloneParses) {
  const auto lesson = parse_lesson(kHead, "a.yaml", "");
  ASSERT_TRUE(lesson.ok()) << lesson.error().message();
  EXPECT_EQ(lesson->find("one")->chunk, 10);
  EXPECT_EQ(lesson->find("one")->output, 128);
}

TEST(LessonFile, ErrorsNameFileAndLine) {
  const std::string head = kHead;
  const std::string asks = head +
                           "    question:\n      ask: E\n      choices:\n"
                           "        - {text: F, why: G, holds: 1}\n"
                           "        - {text: H, why: I, holds: 0}\n";
  const struct {
    std::string text;
    const char* place;
    const char* what;
  } cases[] = {
      {head + "    colour: red\n", "a.yaml:9", "unknown key 'colour'"},
      {head + "    show: two\n    look: timeline\n", "a.yaml:9", "no scenario 'two'"},
      {head + "    show: one\n    look: timelime\n", "a.yaml:10", "did you mean 'timeline'?"},
      {head + "    show: one\n", "a.yaml:7", "'show' and 'look'"},
      {head + "    row: 3\n", "a.yaml:7", "'show' and 'look'"},
      {head + "    show: one\n    look: timeline\n    row: -1\n", "a.yaml:11", "row '-1'"},
      {head + "    facts:\n      - one.foot == 1\n", "a.yaml:10", "'foot' is not a metric"},
      {head + "    facts:\n      - two.footprint == 1\n", "a.yaml:10", "no scenario 'two'"},
      {head + "    reveal: {show: one, look: timeline}\n", "a.yaml:9", "nothing to reveal"},
      {asks + "    reveal: {look: timeline}\n", "a.yaml:14", "'show' and 'look'"},
      {asks + "    reveal: {}\n", "a.yaml:14", ""},
      {asks + "    reveal: {show: one, look: timeline, text: H}\n", "a.yaml:14",
       "unknown key 'text'"},
      {head + "    question: {ask: E}\n", "a.yaml:9", "either 'choices' or 'number'"},
      {head +
           "    question:\n      ask: E\n      choices:\n        - {text: F, why: G, holds: 1}\n",
       "a.yaml:10", "at least two choices"},
      {head + "    question:\n      ask: E\n      why: F\n      hint: G\n      number:\n"
              "        value: one.footprint\n        tolerance: much\n",
       "a.yaml:15", "tolerance 'much'"},
      {head + "    question:\n      ask: E\n      why: F\n      hint: G\n      number:\n"
              "        value: one.footprint\n        tolerance: -1\n",
       "a.yaml:15", "tolerance '-1'"},
      {head + "    show: one\n    look: timeline\n    pins: [two]\n", "a.yaml:11",
       "no scenario 'two'"},
      {"kvfoot_lesson: 2\n", "a.yaml:1", "version '2'"},
      {"kvfoot_lesson: 1\ntitle: A\nsummary: B\nsteps: []\n", "a.yaml:4", "steps"},
      {"kvfoot_lesson: 1\ntitle: [\n", "a.yaml:", ""},
      {"kvfoot_lesson: 1\ntitle: A\nsummary: B\nscenarios:\n"
       "  one: {workload: {shape: llama-3.1-8b, prompt: 100}, policy: ful}\n",
       "a.yaml:5", "'ful'"},
      {"kvfoot_lesson: 1\ntitle: A\nsummary: B\nscenarios:\n"
       "  one: {workload: {shape: llama-3.1-8b, prompt: [1, 2]}, policy: full}\n",
       "a.yaml:5", "2 runs"},
      {"kvfoot_lesson: 1\ntitle: A\nsummary: B\nscenarios:\n"
       "  one: {workload: {shape: llama-3.1-8b, prompt: 1}, policy: full, report: {csv: a}}\n",
       "a.yaml:5", "report"},
  };
  for (const auto& bad : cases) {
    const std::string error = error_of(bad.text);
    EXPECT_EQ(error.find(bad.place), 0U) << error << "\n" << bad.text;
    EXPECT_NE(error.find(bad.what), std::string::npos) << error << "\n" << bad.text;
  }
}

std::string translated(const std::string& text) {
  const std::string head = kHead;
  auto lesson = parse_lesson(head +
                                 "    question:\n      ask: E\n      choices:\n"
                                 "        - {text: F, why: G, holds: 1}\n"
                                 "        - {text: H, why: I, holds: 0}\n",
                             "a.yaml", "");
  const Status status = translate_lesson(*lesson, text, "a.xx.yaml");
  return status ? lesson->steps[0].question->choices[1].text : status.error().message();
}

TEST(LessonFile, ATranslationHasTheSameTexts) {
  const std::string head =
      "kvfoot_lesson_text: 1\ntitle: a\nsummary: b\nsteps:\n  - title: c\n    text: d\n";
  const std::string ask = "    question:\n      ask: e\n      choices:\n";
  const std::string first = "        - {text: f, why: g}\n";
  EXPECT_EQ(translated(head + ask + first + "        - {text: h, why: i}\n"), "h");
  EXPECT_EQ(translated(head).find("a.xx.yaml:5: the question of this step"), 0U)
      << translated(head);
  EXPECT_EQ(translated(head + ask + first).find("a.xx.yaml:10: has 1 choices, the lesson has 2"),
            0U)
      << translated(head + ask + first);
  EXPECT_EQ(
      translated(head + ask + first + "        - {text: h}\n").find("a.xx.yaml:11: has no 'why'"),
      0U);
  EXPECT_EQ(translated(head + ask + first + "        - {text: h, why: i, holds: 1}\n")
                .find("a.xx.yaml:11: unknown key 'holds'"),
            0U);
}

TEST(LessonExpression, Arithmetic) {
  const auto value = [](const char* text) {
    const auto parsed = LessonExpression::parse(text);
    EXPECT_TRUE(parsed.ok()) << text << ": " << (parsed ? "" : parsed.error().message());
    return parsed ? *parsed->value({}) : -1;
  };
  EXPECT_EQ(value("1 + 2 * 3 - 4 / 2"), 5);
  EXPECT_EQ(value("(1 + 2) * 3"), 9);
  EXPECT_EQ(value("8 / 2 / 2"), 2);
  EXPECT_EQ(value("1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 4"), 0);
  EXPECT_EQ(value("1 == 2 or 2 == 2"), 1);
  EXPECT_EQ(value("abs(1 - 3) + min(4, 5) + max(4, 5) + round(2.345, 1)"), 2 + 4 + 5 + 2.3);
}

// 332 rows of 4 layers with 4 heads, of which nothing goes.
TEST(LessonExpression, AsksTheRunForWhatItHas) {
  SourceCache sources;
  const auto outcome = compute(traced("full"), sources);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message();
  const LessonOutcomes outcomes{{"a", *outcome}};
  const auto value = [&](const char* text) {
    return LessonExpression::parse(text)->value(outcomes);
  };
  EXPECT_EQ(*value("resident(a, 331)"), 332);
  EXPECT_EQ(*value("resident(a, 5, 3, 3)"), 6);
  EXPECT_EQ(*value("kept(a, 0, 0)"), 320);
  EXPECT_EQ(*value("holds(a, 5, 5, 0, 0)"), 1);
  EXPECT_EQ(*value("holds(a, 5, 6, 0, 0)"), 0);      // a key that comes later
  EXPECT_EQ(*value("holds(a, 5, 2, 10, 0, 0)"), 4);  // those that are there: 2 to 5
  for (const char* beyond :
       {"resident(a, 332)", "resident(a, 5, 4, 0)", "resident(a, 5, 0, 4)", "resident(a, 0 - 1)",
        "resident(a, 1 / 2)", "kept(a, 4, 0)", "holds(a, 332, 0, 0, 0)", "holds(a, 5, 332, 0, 0)",
        "holds(a, 5, 0, 332, 0, 0)"}) {
    EXPECT_FALSE(value(beyond).ok()) << beyond;
  }
}

TEST(LessonExpression, WrongOnesAreRefused) {
  for (const char* text :
       {"", "1 +", "(1", "1 2", "a", "a.b", "abs()", "abs(1, 2)", "resident(a)", "holds(a, 1, 2)",
        "sin(1)", "1..2", "1 = 2", "#", "1 or2", "resident(a, 1, 2)"}) {
    EXPECT_FALSE(LessonExpression::parse(text).ok()) << text;
  }
  EXPECT_FALSE(LessonExpression::parse(std::string(100'000, '(')).ok());
  EXPECT_EQ(LessonExpression::parse("a.rows + b.rows + resident(a, 1)")->scenarios(),
            (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace kvfoot::gui
