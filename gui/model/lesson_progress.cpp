#include "gui/model/lesson_progress.hpp"

#include <QStringList>

namespace kvfoot::gui {
namespace {

QString key_of(const Lesson& lesson, const char* what) {
  return QStringLiteral("lessons/%1/%2")
      .arg(QString::fromStdString(lesson.name), QLatin1String(what));
}

constexpr const char* kRight = "right";  // lists of steps
constexpr const char* kShown = "shown";
constexpr const char* kStep = "step";

}  // namespace

LessonAnswer LessonProgress::answer(const Lesson& lesson, std::size_t step) const {
  const auto has = [&](const char* what) {
    return settings_.value(key_of(lesson, what)).toStringList().contains(QString::number(step));
  };
  if (step >= lesson.steps.size() || !lesson.steps[step].question) {
    return LessonAnswer::kNone;
  }
  return has(kRight)   ? LessonAnswer::kRight
         : has(kShown) ? LessonAnswer::kShown
                       : LessonAnswer::kNone;
}

void LessonProgress::mark(const Lesson& lesson, std::size_t step, LessonAnswer answer) {
  if (answer <= this->answer(lesson, step)) {
    return;
  }
  const QString key = key_of(lesson, answer == LessonAnswer::kRight ? kRight : kShown);
  QStringList steps = settings_.value(key).toStringList();
  steps.append(QString::number(step));
  settings_.setValue(key, steps);
}

int LessonProgress::answered(const Lesson& lesson) const {
  int count = 0;
  for (std::size_t step = 0; step < lesson.steps.size(); ++step) {
    count += answer(lesson, step) != LessonAnswer::kNone ? 1 : 0;
  }
  return count;
}

int LessonProgress::right(const Lesson& lesson) const {
  int count = 0;
  for (std::size_t step = 0; step < lesson.steps.size(); ++step) {
    count += answer(lesson, step) == LessonAnswer::kRight ? 1 : 0;
  }
  return count;
}

bool LessonProgress::done(const Lesson& lesson) const {
  return answered(lesson) == lesson.questions();
}

void LessonProgress::leave_at(const Lesson& lesson, std::size_t step) {
  settings_.setValue(key_of(lesson, kStep), static_cast<qulonglong>(step));
}

std::size_t LessonProgress::left_at(const Lesson& lesson) const {
  const auto step = settings_.value(key_of(lesson, kStep)).toULongLong();
  return step < lesson.steps.size() ? step : 0;
}

void LessonProgress::forget_all() { settings_.remove(QStringLiteral("lessons")); }

}  // namespace kvfoot::gui
