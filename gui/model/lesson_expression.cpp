// Recursive descent into closures.
#include "gui/model/lesson_expression.hpp"

#include <algorithm>
#include <utility>

#include "gui/model/lesson_values.hpp"
#include "sim/core/text.hpp"
#include "sim/report/metric_table.hpp"

namespace kvfoot::gui {
namespace {

using Operation = double (*)(double, double);
struct Operator {
  std::string_view word;
  int level;  // binds stronger than lower ones
  Operation value;
};
constexpr int kComparison = 2;
// Longer words before their beginnings.
constexpr Operator kOperators[] = {
    {"or", 0, [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; }},
    {"and", 1, [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; }},
    {"<=", kComparison, [](double a, double b) { return a <= b ? 1.0 : 0.0; }},
    {">=", kComparison, [](double a, double b) { return a >= b ? 1.0 : 0.0; }},
    {"==", kComparison, [](double a, double b) { return a == b ? 1.0 : 0.0; }},
    {"<", kComparison, [](double a, double b) { return a < b ? 1.0 : 0.0; }},
    {">", kComparison, [](double a, double b) { return a > b ? 1.0 : 0.0; }},
    {"+", 3, [](double a, double b) { return a + b; }},
    {"-", 3, [](double a, double b) { return a - b; }},
    {"*", 4, [](double a, double b) { return a * b; }},
    {"/", 4, [](double a, double b) { return a / b; }},
};
constexpr int kLevels = 5;
constexpr int kMostNested = 100;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

class LessonExpressionParser {
 public:
  using Term = LessonExpression::Term;

  explicit LessonExpressionParser(std::string_view text) : text_(text) {}

  Result<LessonExpression> parse() {
    LessonExpression expression;
    KVFOOT_ASSIGN(expression.term_, level(0));
    skip();
    if (at_ != text_.size()) {
      return wrong("'" + std::string(text_.substr(at_)) + "' is too much");
    }
    expression.text_ = text_;
    expression.scenarios_ = std::move(scenarios_);
    return expression;
  }

 private:
  static Error wrong(std::string what, std::string hint = {}) {
    return Error{"", std::move(what), std::move(hint)};
  }

  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) {
      ++at_;
    }
  }

  bool take(std::string_view word) {
    skip();
    const std::size_t end = at_ + word.size();
    const bool cut = is_word(word.back()) && end < text_.size() && is_word(text_[end]);
    if (!text_.substr(at_).starts_with(word) || cut) {
      return false;
    }
    at_ = end;
    return true;
  }

  std::string word() {
    skip();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<Term> level(int wanted) {
    if (wanted == kLevels) {
      return factor();
    }
    KVFOOT_ASSIGN(Term left, level(wanted + 1));
    for (;;) {
      const auto* found = std::ranges::find_if(
          kOperators, [&](const Operator& o) { return o.level == wanted && take(o.word); });
      if (found == std::end(kOperators)) {
        return left;
      }
      KVFOOT_ASSIGN(Term right, level(wanted + 1));
      left = [left = std::move(left), right = std::move(right),
              value = found->value](const LessonOutcomes& outcomes) -> Result<double> {
        KVFOOT_ASSIGN(const double a, left(outcomes));
        KVFOOT_ASSIGN(const double b, right(outcomes));
        return value(a, b);
      };
    }
  }

  Result<Term> factor() {
    if (++nested_ > kMostNested) {
      return wrong("it is nested too deeply");
    }
    skip();
    if (take("(")) {
      KVFOOT_ASSIGN(Term inner, level(0));
      return closed(std::move(inner));
    }
    if (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      return number();
    }
    const std::string name = word();
    if (name.empty()) {
      return wrong(at_ == text_.size() ? "it ends where a value should stand"
                                       : "'" + std::string(1, text_[at_]) + "' is not a value");
    }
    if (take("(")) {
      return call(name);
    }
    if (take(".")) {
      return metric(name, word());
    }
    return wrong("'" + name + "' is not a value", "write NAME.METRIC, as late.footprint");
  }

  Result<Term> closed(Term inner) {
    --nested_;
    return take(")") ? Result<Term>(std::move(inner)) : wrong("a ')' is missing");
  }

  Result<Term> number() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.')) {
      ++at_;
    }
    const std::string text(text_.substr(begin, at_ - begin));
    const auto value = parse_double(text);
    if (!value) {
      return wrong("'" + text + "' is not a number");
    }
    --nested_;
    return Term([value = *value](const LessonOutcomes&) -> Result<double> { return value; });
  }

  void note(const std::string& scenario) {
    if (std::ranges::find(scenarios_, scenario) == scenarios_.end()) {
      scenarios_.push_back(scenario);
    }
  }

  Result<Term> metric(const std::string& scenario, const std::string& name) {
    note(scenario);
    --nested_;
    if (const MetricInfo* info = find_metric(name)) {
      return Term([scenario, info](const LessonOutcomes& outcomes) -> Result<double> {
        const auto value = info->get(outcomes.find(scenario)->second->result.metrics);
        if (!value) {
          return no_such(std::string(info->name));
        }
        return as_double(*value);
      });
    }
    for (const LessonInput& input : lesson_inputs()) {
      if (input.name == name) {
        return Term([scenario, get = input.get](const LessonOutcomes& outcomes) -> Result<double> {
          return get(*outcomes.find(scenario)->second);
        });
      }
    }
    std::vector<std::string> known = metric_names();
    for (const LessonInput& input : lesson_inputs()) {
      known.emplace_back(input.name);
    }
    return wrong("'" + name + "' is not a metric", suggestion(name, known));
  }

  Result<Term> call(const std::string& name) {
    const LessonQuery* query = find_lesson_query(name);
    const LessonFunction* function = find_lesson_function(name);
    const bool asks = query != nullptr;
    if (!asks && function == nullptr) {
      return wrong("'" + name + "' is not a function");
    }
    std::string scenario;
    if (asks) {
      scenario = word();
      note(scenario);
    }
    std::vector<Term> terms;
    bool more = !asks || take(",");
    while (more) {
      KVFOOT_ASSIGN(Term term, level(0));
      terms.push_back(std::move(term));
      more = take(",");
    }
    const bool fits = asks ? terms.size() == query->least || terms.size() == query->most
                           : terms.size() == function->numbers;
    if (!fits) {
      return wrong("'" + name + "' is given " + std::to_string(terms.size()) + " numbers");
    }
    Term value = [=, terms = std::move(terms)](const LessonOutcomes& outcomes) -> Result<double> {
      LessonValues numbers;
      for (const Term& term : terms) {
        KVFOOT_ASSIGN(const double number, term(outcomes));
        numbers.push_back(number);
      }
      if (asks) {
        return query->value(*outcomes.find(scenario)->second, numbers);
      }
      return function->value(numbers);
    };
    return closed(std::move(value));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int nested_ = 0;
  std::vector<std::string> scenarios_;
};

Result<LessonExpression> LessonExpression::parse(std::string_view text) {
  return LessonExpressionParser(text).parse();
}

Result<double> LessonExpression::value(const LessonOutcomes& outcomes) const {
  auto value = term_(outcomes);
  if (!value) {
    return Error{"'" + text_ + "'", value.error().what};
  }
  return value;
}

}  // namespace kvfoot::gui
