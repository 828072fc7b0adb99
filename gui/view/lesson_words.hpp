// What lessons say about places and progress.
#pragma once

#include <QString>

#include "gui/model/lesson.hpp"
#include "gui/model/lesson_progress.hpp"

namespace kvfoot::gui {

// Markdown: "Look at **Heads**, layer 1, head 0, row 320".
[[nodiscard]] QString place_text(const LessonPicture& picture);

// "0 of 3 answered", "done: 3 of 3 right".
[[nodiscard]] QString progress_text(const LessonProgress& progress, const Lesson& lesson);

}  // namespace kvfoot::gui
