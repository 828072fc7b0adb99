// Recursive descent into closures.
#include "gui/model/lesson_expression.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "sim/core/shape.hpp"
#include "sim/core/text.hpp"
#include "sim/report/metric_table.hpp"

namespace kvfoot::gui {
namespace {

using Values = std::vector<double>;

double of(std::int64_t count) { return static_cast<double>(count); }

struct Input {
  std::string_view name;
  double (*get)(const Outcome&);
};
constexpr Input kInputs[] = {
    {"prompt", [](const Outcome& o) { return of(o.result.inputs.run.prompt); }},
    {"output", [](const Outcome& o) { return of(o.result.inputs.run.output); }},
    {"chunk", [](const Outcome& o) { return of(o.result.inputs.run.chunk_rows()); }},
    {"layers", [](const Outcome& o) { return of(o.layers()); }},
    {"kv_heads", [](const Outcome& o) { return of(o.result.inputs.shape.kv_heads); }},
    {"streams", [](const Outcome& o) { return of(o.streams()); }},
    {"entry_bytes",
     [](const Outcome& o) {
       return of(entry_bytes(o.result.inputs.shape, o.result.inputs.kv_dtype));
     }},
};

Error no_such(const std::string& what) { return Error{"", "the run has no " + what}; }

std::optional<std::int64_t> index(double value, std::int64_t count) {
  const auto whole = static_cast<std::int64_t>(value);
  return of(whole) == value && whole >= 0 && whole < count ? std::optional(whole) : std::nullopt;
}

Result<std::int64_t> stream_of(const Outcome& outcome, double layer, double head) {
  const auto l = index(layer, outcome.layers());
  const auto h = index(head, outcome.heads());
  if (!outcome.replay.profile || !l || !h) {
    return no_such("such stream");
  }
  return *l * outcome.heads() + *h;
}

Result<double> resident(const Outcome& outcome, const Values& at) {
  const RunLengths& run = outcome.result.inputs.run;
  const auto row = index(at[0], run.rows());
  if (!outcome.replay.profile || !row) {
    return no_such("such row");
  }
  const ResidenceProfile& profile = *outcome.replay.profile;
  if (at.size() == 1) {
    const TimelinePoint point = profile.at(*row);
    return of(point.live + point.inactive) / of(profile.streams());
  }
  KVFOOT_ASSIGN(const std::int64_t stream, stream_of(outcome, at[1], at[2]));
  const std::int64_t pass = run.pass_of(*row);
  return of(profile.past(stream, pass) + *row - pass_at(run, pass, 0).begin + 1);
}

Result<double> kept(const Outcome& outcome, const Values& at) {
  KVFOOT_ASSIGN(const std::int64_t stream, stream_of(outcome, at[0], at[1]));
  const RunLengths& run = outcome.result.inputs.run;
  return of(run.decode_rows() > 0 ? outcome.replay.profile->past(stream, run.prefill_passes())
                                  : outcome.replay.profile->end(stream));
}

Result<double> holds(const Outcome& outcome, const Values& at) {
  KVFOOT_TRY(stream_of(outcome, at[2], at[3]));
  const auto row = index(at[0], outcome.result.inputs.run.rows());
  const auto key = index(at[1], outcome.result.inputs.run.rows());
  if (outcome.lives == nullptr || !row || !key) {
    return no_such("such key");
  }
  const auto& evicted_at =
      outcome.lives->evicted_at(static_cast<std::int32_t>(at[2]), static_cast<std::int32_t>(at[3]));
  return *key <= *row && evicted_at[static_cast<std::size_t>(*key)] > *row ? 1.0 : 0.0;
}

// Functions of a scenario and numbers.
struct Query {
  std::string_view name;
  std::size_t least;  // numbers
  std::size_t most;
  Result<double> (*value)(const Outcome&, const Values&);
};
constexpr Query kQueries[] = {
    {"resident", 1, 3, resident},
    {"kept", 2, 2, kept},
    {"holds", 4, 4, holds},
};

// Functions of numbers alone.
struct Function {
  std::string_view name;
  std::size_t numbers;
  double (*value)(const Values&);
};
constexpr Function kFunctions[] = {
    {"abs", 1, [](const Values& x) { return std::abs(x[0]); }},
    {"min", 2, [](const Values& x) { return std::min(x[0], x[1]); }},
    {"max", 2, [](const Values& x) { return std::max(x[0], x[1]); }},
    {"round", 2,
     [](const Values& x) {
       const double tens = std::pow(10.0, x[1]);
       return std::round(x[0] * tens) / tens;
     }},
};

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
    for (const Input& input : kInputs) {
      if (input.name == name) {
        return Term([scenario, get = input.get](const LessonOutcomes& outcomes) -> Result<double> {
          return get(*outcomes.find(scenario)->second);
        });
      }
    }
    std::vector<std::string> known = metric_names();
    for (const Input& input : kInputs) {
      known.emplace_back(input.name);
    }
    return wrong("'" + name + "' is not a metric", suggestion(name, known));
  }

  Result<Term> call(const std::string& name) {
    const auto* query = std::ranges::find(kQueries, name, &Query::name);
    const auto* function = std::ranges::find(kFunctions, name, &Function::name);
    const bool asks = query != std::end(kQueries);
    if (!asks && function == std::end(kFunctions)) {
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
      Values numbers;
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
