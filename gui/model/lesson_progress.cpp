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

LessonProgress::LessonProgress(bool kept) {
  if (kept) {
    settings_.emplace();
  }
}

QVariant LessonProgress::get(const QString& key) const {
  return settings_ ? settings_->value(key) : values_.value(key);
}

void LessonProgress::set(const QString& key, const QVariant& value) {
  if (settings_) {
    settings_->setValue(key, value);
  } else {
    values_.insert(key, value);
  }
}

LessonAnswer LessonProgress::answer(const Lesson& lesson, std::size_t step) const {
  const auto has = [&](const char* what) {
    return get(key_of(lesson, what)).toStringList().contains(QString::number(step));
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
  QStringList steps = get(key).toStringList();
  steps.append(QString::number(step));
  set(key, steps);
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
  set(key_of(lesson, kStep), static_cast<qulonglong>(step));
}

std::size_t LessonProgress::left_at(const Lesson& lesson) const {
  const auto step = get(key_of(lesson, kStep)).toULongLong();
  return step < lesson.steps.size() ? step : 0;
}

void LessonProgress::forget_all() {
  values_.clear();
  if (settings_) {
    settings_->remove(QStringLiteral("lessons"));
  }
}

}  // namespace kvfoot::gui
