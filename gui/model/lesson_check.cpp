#include "gui/model/lesson_check.hpp"

#include <cmath>

#include "sim/core/check.hpp"

namespace kvfoot::gui {
namespace {

// Of a mistake, whose tolerance nobody writes: what rounds to the same when it is shown.
double tolerance_of_mistake(const LessonNumber& number) {
  return std::max(number.tolerance, 0.5 * std::pow(10.0, -number.digits));
}

}  // namespace

Result<LessonVerdict> check_choice(const LessonQuestion& question, std::size_t choice,
                                   const LessonOutcomes& outcomes) {
  KVFOOT_CHECK(choice < question.choices.size(), "no such choice");
  const LessonChoice& chosen = question.choices[choice];
  KVFOOT_ASSIGN(const double holds, chosen.holds.value(outcomes));
  return LessonVerdict{holds != 0, chosen.why, std::nullopt};
}

Result<LessonVerdict> check_number(const LessonQuestion& question, double given,
                                   const LessonOutcomes& outcomes) {
  KVFOOT_CHECK(question.number.has_value(), "not a question for a number");
  const LessonNumber& number = *question.number;
  KVFOOT_ASSIGN(const double value, number.value.value(outcomes));
  if (std::abs(given - value) <= number.tolerance) {
    return LessonVerdict{true, question.why, value};
  }
  for (const LessonMistake& mistake : number.mistakes) {
    KVFOOT_ASSIGN(const double mistaken, mistake.value.value(outcomes));
    if (std::abs(given - mistaken) <= tolerance_of_mistake(number)) {
      return LessonVerdict{false, mistake.why, std::nullopt};
    }
  }
  return LessonVerdict{false, question.hint, std::nullopt};
}

Result<LessonSolution> solve(const LessonQuestion& question, const LessonOutcomes& outcomes) {
  if (question.number) {
    KVFOOT_ASSIGN(const double value, question.number->value.value(outcomes));
    return LessonSolution{0, value, question.why};
  }
  for (std::size_t i = 0; i < question.choices.size(); ++i) {
    KVFOOT_ASSIGN(const double holds, question.choices[i].holds.value(outcomes));
    if (holds != 0) {
      return LessonSolution{i, std::nullopt, question.choices[i].why};
    }
  }
  return Error{"", "none of the choices holds"};
}

LessonRuns::LessonRuns(QObject* parent) : QObject(parent) {
  connect(&replayer_, &Replayer::finished, this, [this](const OutcomePtr& outcome) {
    outcomes_[wanted_.front()] = outcome;
    next();
  });
  connect(&replayer_, &Replayer::failed, this, [this](const WhatIf&, const Error& error) {
    wanted_.clear();
    emit failed(QString::fromStdString(error.message()));
  });
}

void LessonRuns::open(const Lesson& lesson) {
  replayer_.cancel();
  wanted_.clear();
  outcomes_.clear();
  lesson_ = lesson;
}

void LessonRuns::want(const std::vector<std::string>& scenarios) {
  wanted_ = scenarios;
  next();
}

void LessonRuns::next() {
  std::erase_if(wanted_, [this](const std::string& name) { return outcomes_.contains(name); });
  if (wanted_.empty()) {
    replayer_.cancel();  // of what was wanted before
    emit finished();
    return;
  }
  replayer_.request(*lesson_.find(wanted_.front()));
}

}  // namespace kvfoot::gui
