// Arithmetic on what the scenarios of a lesson came to: "100 * late.footprint", "a.tpot_s <
// b.tpot_s".
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gui/model/outcome.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::gui {

// Of the scenarios of a lesson, by name.
using LessonOutcomes = std::map<std::string, OutcomePtr, std::less<>>;

// Numbers, + - * /, comparisons (1 or 0), `and`, `or`, parentheses, and
//   NAME.METRIC                    any metric of docs/results.md, in its own unit: shares, bytes,
//                                  seconds; or prompt, output, chunk, layers, kv_heads, streams
//                                  or entry_bytes of scenario NAME
//   resident(NAME, ROW)            entries per stream, mean over the streams, that this row sees
//   resident(NAME, ROW, LAYER, HEAD)  of one stream
//   kept(NAME, LAYER, HEAD)        entries of one stream after the last prefill pass
//   holds(NAME, ROW, KEY, LAYER, HEAD)  1 if a stream of a replayed trace still has KEY at ROW
//   holds(NAME, ROW, KEY, LAST, LAYER, HEAD)  how many of the keys KEY to LAST it has
//   abs(X), min(X, Y), max(X, Y), round(X, DIGITS)
class LessonExpression {
 public:
  // Errors say what is wrong, not where the text stands.
  [[nodiscard]] static Result<LessonExpression> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  // Names that it asks about, each once.
  [[nodiscard]] const std::vector<std::string>& scenarios() const { return scenarios_; }

  // The outcomes must hold all of scenarios(). A metric that a run does not know is an error.
  [[nodiscard]] Result<double> value(const LessonOutcomes& outcomes) const;

 private:
  friend class LessonExpressionParser;
  using Term = std::function<Result<double>(const LessonOutcomes&)>;

  std::string text_;
  std::vector<std::string> scenarios_;
  Term term_;
};

}  // namespace kvfoot::gui
