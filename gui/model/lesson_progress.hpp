// How far this user is in the lessons.
#pragma once

#include <QMap>
#include <QSettings>
#include <QVariant>
#include <cstdint>
#include <optional>

#include "gui/model/lesson.hpp"

namespace kvfoot::gui {

// kShown: the answer was wrong, or the reader gave up, and the right one was shown.
enum class LessonAnswer : std::uint8_t { kNone, kShown, kRight };

class LessonProgress {
 public:
  // `kept` between starts; otherwise it begins anew and ends with the object.
  explicit LessonProgress(bool kept = true);

  // Once right, a question stays right.
  void mark(const Lesson& lesson, std::size_t step, LessonAnswer answer);
  [[nodiscard]] LessonAnswer answer(const Lesson& lesson, std::size_t step) const;
  [[nodiscard]] int answered(const Lesson& lesson) const;  // questions that are right or shown
  [[nodiscard]] int right(const Lesson& lesson) const;
  [[nodiscard]] bool done(const Lesson& lesson) const;  // all of them answered

  // Where the reader left the lesson; 0 before and after it.
  void leave_at(const Lesson& lesson, std::size_t step);
  [[nodiscard]] std::size_t left_at(const Lesson& lesson) const;

  void forget_all();

 private:
  [[nodiscard]] QVariant get(const QString& key) const;
  void set(const QString& key, const QVariant& value);

  std::optional<QSettings> settings_;
  QMap<QString, QVariant> values_;  // without settings
};

}  // namespace kvfoot::gui
