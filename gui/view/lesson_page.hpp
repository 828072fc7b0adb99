// A lesson, step by step, and a last page that leads on.
#pragma once

#include <QWidget>
#include <optional>

#include "gui/model/lesson_check.hpp"
#include "gui/model/lesson_progress.hpp"
#include "gui/model/lesson_show.hpp"

class QLabel;
class QProgressBar;
class QPushButton;
class QScrollArea;
class QToolButton;
class QVBoxLayout;

namespace kvfoot::gui {

class LessonTextLabel;

class LessonPage final : public QWidget {
  Q_OBJECT
 public:
  LessonPage(Workspace& workspace, LessonProgress& progress, QWidget* parent = nullptr);

  // `next`: the lesson after it; null after the last one.
  void open(const Lesson& lesson, const Lesson* next, std::size_t step);
  // The same in another language; the window stays as it is.
  void reopen(const Lesson& lesson, const Lesson* next);
  [[nodiscard]] const Lesson& lesson() const { return lesson_; }
  // lesson().steps.size() on the last page.
  [[nodiscard]] std::size_t step() const { return step_; }
  // What the window showed before the lessons comes back (LessonShow::leave).
  bool leave() { return show_.leave(); }
  void take_over(LessonPage& other) { show_.take_over(other.show_); }
  // Runs of a question or a picture are replayed.
  [[nodiscard]] bool busy() const { return runs_.busy() || show_.busy(); }
  [[nodiscard]] const WhatIf* before_lesson() const { return show_.before_lesson(); }
  [[nodiscard]] const WhatIf* unsaved() const { return show_.unsaved(); }

 signals:
  void look_at(const QString& view);
  void closed();                          // back to the list
  void next_wanted(const QString& name);  // of the next lesson
  void progress_changed();
  void began();  // of LessonShow
  void ended();

 private:
  void make_header();
  void make_footer();
  void go_to(std::size_t step);
  void forward();
  void fill(LessonAnswer answer);
  void fill_last_page(bool restored);
  void show_picture(bool answered);
  void on_shown();
  void on_answered(LessonAnswer answer);
  void show_place(bool answered);
  [[nodiscard]] bool on_last_page() const { return step_ == lesson_.steps.size(); }
  // An empty body.
  QVBoxLayout& clear();

  LessonProgress& progress_;
  LessonRuns runs_;  // of the questions
  LessonShow show_;
  Lesson lesson_;
  std::optional<Lesson> following_;
  std::size_t step_ = 0;
  bool answered_ = false;  // the question of this step, if it has one
  QToolButton* list_ = nullptr;
  QLabel* title_ = nullptr;
  QLabel* count_ = nullptr;
  QProgressBar* bar_ = nullptr;
  QScrollArea* scroll_ = nullptr;
  LessonTextLabel* place_ = nullptr;  // what to look at
  QPushButton* back_ = nullptr;
  QPushButton* show_me_ = nullptr;
  QPushButton* next_ = nullptr;
};

}  // namespace kvfoot::gui
