// A lesson, step by step.
#pragma once

#include <QWidget>

#include "gui/model/lesson_check.hpp"
#include "gui/model/lesson_progress.hpp"
#include "gui/model/lesson_show.hpp"

class QLabel;
class QProgressBar;
class QPushButton;
class QScrollArea;
class QToolButton;

namespace kvfoot::gui {

class LessonPage final : public QWidget {
  Q_OBJECT
 public:
  LessonPage(Workspace& workspace, LessonProgress& progress, QWidget* parent = nullptr);

  void open(const Lesson& lesson, std::size_t step = 0);
  [[nodiscard]] const Lesson& lesson() const { return lesson_; }
  [[nodiscard]] std::size_t step() const { return step_; }

 signals:
  void look_at(const QString& view);
  void closed();  // back to the list, or finished
  void progress_changed();

 private:
  void go_to(std::size_t step);
  void forward();
  [[nodiscard]] QWidget* make_body(const LessonStep& step);

  LessonProgress& progress_;
  LessonRuns runs_;
  LessonShow show_;
  Lesson lesson_;
  std::size_t step_ = 0;
  QToolButton* list_ = nullptr;
  QLabel* title_ = nullptr;
  QLabel* count_ = nullptr;
  QProgressBar* bar_ = nullptr;
  QScrollArea* scroll_ = nullptr;
  QPushButton* back_ = nullptr;
  QPushButton* show_me_ = nullptr;
  QPushButton* next_ = nullptr;
};

}  // namespace kvfoot::gui
