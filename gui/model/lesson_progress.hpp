// Which questions of the lessons this user has answered, kept between starts.
#pragma once

#include <QSettings>

#include "gui/model/lesson.hpp"

namespace kvfoot::gui {

class LessonProgress {
 public:
  void mark(const Lesson& lesson, std::size_t step);  // answered right
  [[nodiscard]] bool answered(const Lesson& lesson, std::size_t step) const;
  [[nodiscard]] int answered(const Lesson& lesson) const;  // questions
  [[nodiscard]] bool done(const Lesson& lesson) const;     // all of them
  void forget_all();

 private:
  QSettings settings_;
};

}  // namespace kvfoot::gui
