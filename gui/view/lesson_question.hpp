// One question of a lesson: choices or a number, Check, and what the simulator says to it. A choice
// is a prediction: checking it shows the answer, right or wrong. A wrong number gets a hint.
#pragma once

#include <QWidget>
#include <vector>

#include "gui/model/lesson_check.hpp"
#include "gui/model/lesson_number.hpp"
#include "gui/model/lesson_progress.hpp"

class QLabel;
class QLayout;
class QLineEdit;
class QPushButton;
class QRadioButton;

namespace kvfoot::gui {

class ErrorLabel;
class LessonTextLabel;

class LessonQuestionBox final : public QWidget {
  Q_OBJECT
 public:
  // `runs` is of the lesson that the question belongs to. A question that has been answered before
  // comes with its answer.
  LessonQuestionBox(LessonRuns& runs, const LessonQuestion& question, LessonAnswer before,
                    QWidget* parent = nullptr);

 signals:
  void answered(LessonAnswer answer);  // the answer is shown; once, not for one from before
  void again();                        // the reader wants to answer it anew

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void add_choices();
  void add_number();
  void add_buttons(QLayout& row);
  void ask_runs(bool solve);
  void judge();
  void check(const LessonSolution& solution);
  void show_solution(const LessonSolution& solution, const QString& before);
  void show_message(const QString& heading, const QString& markdown);
  void say(const QString& markdown, bool right);
  void changed();
  [[nodiscard]] bool is_answered() const;  // a choice, or anything for a number
  // Says below the number why it is none; whether there is nothing to say.
  bool accept_number();
  [[nodiscard]] int chosen() const;
  [[nodiscard]] ReadNumber given() const;

  LessonRuns& runs_;
  LessonQuestion question_;
  std::vector<QRadioButton*> choices_;
  std::vector<LessonTextLabel*> texts_;  // of the choices
  QLineEdit* number_ = nullptr;
  ErrorLabel* problem_ = nullptr;  // of the number
  QPushButton* check_ = nullptr;
  QPushButton* give_up_ = nullptr;
  QPushButton* again_ = nullptr;
  QWidget* feedback_ = nullptr;
  QLabel* mark_ = nullptr;
  LessonTextLabel* said_ = nullptr;
  LessonAnswer before_ = LessonAnswer::kNone;
  bool waiting_ = false;
  bool solving_ = false;  // what is waited for is the answer, not a verdict
};

}  // namespace kvfoot::gui
