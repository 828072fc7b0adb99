#include "gui/model/lesson_progress.hpp"

#include <QStringList>

namespace kvfoot::gui {
namespace {

QString key_of(const Lesson& lesson) {
  return QStringLiteral("lessons/") + QString::fromStdString(lesson.name);
}

}  // namespace

bool LessonProgress::answered(const Lesson& lesson, std::size_t step) const {
  return step < lesson.steps.size() && lesson.steps[step].question &&
         settings_.value(key_of(lesson)).toStringList().contains(QString::number(step));
}

void LessonProgress::mark(const Lesson& lesson, std::size_t step) {
  QStringList steps = settings_.value(key_of(lesson)).toStringList();
  if (!steps.contains(QString::number(step))) {
    steps.append(QString::number(step));
    settings_.setValue(key_of(lesson), steps);
  }
}

int LessonProgress::answered(const Lesson& lesson) const {
  int count = 0;
  for (std::size_t step = 0; step < lesson.steps.size(); ++step) {
    count += answered(lesson, step) ? 1 : 0;
  }
  return count;
}

bool LessonProgress::done(const Lesson& lesson) const {
  return answered(lesson) == lesson.questions();
}

void LessonProgress::forget_all() { settings_.remove(QStringLiteral("lessons")); }

}  // namespace kvfoot::gui
