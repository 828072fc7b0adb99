// Guided lessons: text, scenarios to look at, and questions whose answers the simulator computes.
// Files are YAML (docs/lessons.md); those of gui/lessons are built in.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gui/model/lesson_expression.hpp"
#include "gui/model/workspace.hpp"

namespace kvfoot::gui {

// What a step asks the reader to look at.
inline constexpr std::array<std::string_view, 7> kLessonViews = {
    "timeline", "states", "heads", "tokens", "compare", "formula", "memory"};

// Texts are Markdown.
struct LessonChoice {
  std::string text;
  std::string why;         // shown once it was chosen
  LessonExpression holds;  // exactly one choice of a question holds
};

struct LessonMistake {
  LessonExpression value;  // what this mistake comes to
  std::string why;
};

struct LessonNumber {
  LessonExpression value;  // in `unit`
  double tolerance = 0;    // absolute, in `unit`
  std::string unit;
  int digits = 0;  // after the point, when the answer is shown
  std::vector<LessonMistake> mistakes;
};

// Either choices or a number.
struct LessonQuestion {
  std::string ask;
  std::vector<LessonChoice> choices;
  std::optional<LessonNumber> number;
  std::string why;   // of a number, once it is known
  std::string hint;  // of a number, while it is wrong
  // Scenarios that its expressions ask about, each once.
  [[nodiscard]] std::vector<std::string> scenarios() const;
};

// What the window shows.
struct LessonPicture {
  std::string show;               // scenario; empty: no picture
  std::vector<std::string> pins;  // scenarios beside it
  std::string look;               // one of kLessonViews; empty only if `show` is
  std::optional<std::int64_t> row;
  std::optional<std::int64_t> key;
  std::optional<StreamChoice> stream;
};

struct LessonStep {
  std::string title;
  std::string text;
  LessonPicture picture;  // as the step begins
  LessonPicture reveal;   // once its question is answered; only of a step with a question
  std::optional<LessonQuestion> question;
  // What its text claims, with the line of the file; for tests.
  std::vector<std::pair<LessonExpression, int>> facts;
};

struct Lesson {
  std::string name;  // "rent", of its file
  std::string title;
  std::string summary;                                    // one sentence
  std::vector<std::pair<std::string, WhatIf>> scenarios;  // by name, in the order of the file
  std::vector<LessonStep> steps;                          // at least one
  [[nodiscard]] const WhatIf* find(std::string_view scenario) const;
  [[nodiscard]] int questions() const;
  // Before or after the question of a step is answered: its own picture, or else the last one
  // before it. Null: there was none yet.
  [[nodiscard]] const LessonPicture* picture(std::size_t step, bool answered) const;
};

// Paths in scenarios are relative to `data`. Errors "FILE:LINE: what; hint", of YAML, of scenarios
// and of expressions too.
[[nodiscard]] Result<Lesson> parse_lesson(std::string_view text, const std::string& file,
                                          const std::filesystem::path& data);

// Replaces the texts of a lesson with those of a file that holds nothing else: as many steps,
// choices and mistakes, each of its texts and no other.
[[nodiscard]] Status translate_lesson(Lesson& lesson, std::string_view text,
                                      const std::string& file);

struct LessonFile {
  std::string_view name;  // "rent" or "rent.zh_CN"
  std::string_view text;
};
// In the order in which they are read.
[[nodiscard]] std::vector<LessonFile> builtin_lesson_files();

// In a language ("zh_CN"; English where there is no translation).
[[nodiscard]] Result<std::vector<Lesson>> builtin_lessons(std::string_view language,
                                                          const std::filesystem::path& data);

}  // namespace kvfoot::gui
