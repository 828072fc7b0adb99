#include "gui/view/lesson_words.hpp"

#include <QCoreApplication>
#include <QStringList>

namespace kvfoot::gui {
namespace {

QString words(const char* text) {
  return QCoreApplication::translate("kvfoot::gui::LessonPage", text);
}

// As the docks are called; what is no dock is the timeline.
QString view_title(const std::string& look) {
  const auto title = [](const char* text) {
    return QCoreApplication::translate("kvfoot::gui::MainWindow", text);
  };
  if (look == "states") {
    return title(QT_TRANSLATE_NOOP("kvfoot::gui::MainWindow", "State map"));
  }
  if (look == "heads") {
    return title(QT_TRANSLATE_NOOP("kvfoot::gui::MainWindow", "Heads"));
  }
  if (look == "tokens") {
    return title(QT_TRANSLATE_NOOP("kvfoot::gui::MainWindow", "Tokens"));
  }
  if (look == "compare") {
    return title(QT_TRANSLATE_NOOP("kvfoot::gui::MainWindow", "Compare"));
  }
  if (look == "formula") {
    return title(QT_TRANSLATE_NOOP("kvfoot::gui::MainWindow", "Formula"));
  }
  return look == "memory"
             ? words(QT_TRANSLATE_NOOP("kvfoot::gui::LessonPage", "Timeline, whole memory"))
             : words(QT_TRANSLATE_NOOP("kvfoot::gui::LessonPage", "Timeline"));
}

}  // namespace

QString place_text(const LessonPicture& picture) {
  QStringList parts{words(QT_TRANSLATE_NOOP("kvfoot::gui::LessonPage", "Look at: **%1**"))
                        .arg(view_title(picture.look))};
  if (picture.stream) {
    parts << words(QT_TRANSLATE_NOOP("kvfoot::gui::LessonPage", "layer %1, head %2"))
                 .arg(picture.stream->layer)
                 .arg(picture.stream->head);
  }
  if (picture.row) {
    parts << words(QT_TRANSLATE_NOOP("kvfoot::gui::LessonPage", "row %1")).arg(*picture.row);
  }
  if (picture.key) {
    parts << words(QT_TRANSLATE_NOOP("kvfoot::gui::LessonPage", "key %1")).arg(*picture.key);
  }
  return parts.join(QStringLiteral(" · "));
}

QString progress_text(const LessonProgress& progress, const Lesson& lesson) {
  const int answered = progress.answered(lesson);
  const int questions = lesson.questions();
  if (progress.done(lesson)) {
    return words(QT_TRANSLATE_NOOP("kvfoot::gui::LessonPage", "done: %1 of %2 right"))
        .arg(progress.right(lesson))
        .arg(questions);
  }
  const std::size_t step = progress.left_at(lesson);
  if (step == 0) {
    return words(QT_TRANSLATE_NOOP("kvfoot::gui::LessonPage", "%1 of %2 answered"))
        .arg(answered)
        .arg(questions);
  }
  return words(QT_TRANSLATE_NOOP("kvfoot::gui::LessonPage", "at step %1 of %2, %3 of %4 answered"))
      .arg(step + 1)
      .arg(lesson.steps.size())
      .arg(answered)
      .arg(questions);
}

}  // namespace kvfoot::gui
