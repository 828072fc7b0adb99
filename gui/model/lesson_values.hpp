// What lesson expressions can ask of a run, and functions of numbers; internal to LessonExpression.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "gui/model/outcome.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::gui {

using LessonValues = std::vector<double>;

// NAME.chunk
struct LessonInput {
  std::string_view name;
  double (*get)(const Outcome&);
};
[[nodiscard]] std::span<const LessonInput> lesson_inputs();

// resident(NAME, ROW): takes `least` or `most` numbers. Errors if the run has no such place.
struct LessonQuery {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  Result<double> (*value)(const Outcome&, const LessonValues&);
};
[[nodiscard]] const LessonQuery* find_lesson_query(std::string_view name);

// abs(X)
struct LessonFunction {
  std::string_view name;
  std::size_t numbers;
  double (*value)(const LessonValues&);
};
[[nodiscard]] const LessonFunction* find_lesson_function(std::string_view name);

// "the run has no peak_total_bytes".
[[nodiscard]] Error no_such(const std::string& what);

}  // namespace kvfoot::gui
