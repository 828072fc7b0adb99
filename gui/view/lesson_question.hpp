// One question of a lesson: choices or a number, Check, and what the simulator says to it.
#pragma once

#include <QWidget>
#include <vector>

#include "gui/model/lesson_check.hpp"

class QLabel;
class QLineEdit;
class QPushButton;
class QRadioButton;

namespace kvfoot::gui {

class LessonTextLabel;

class LessonQuestionBox final : public QWidget {
  Q_OBJECT
 public:
  // `runs` is of the lesson that the question belongs to.
  LessonQuestionBox(LessonRuns& runs, const LessonQuestion& question, QWidget* parent = nullptr);

 signals:
  void answered(bool right);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void add_choices();
  void add_number();
  void check();
  void judge();
  void show_verdict(const LessonVerdict& verdict);
  void show_message(const QString& heading, const QString& markdown, bool right);
  void changed();
  [[nodiscard]] int chosen() const;
  [[nodiscard]] std::optional<double> given() const;

  LessonRuns& runs_;
  LessonQuestion question_;
  std::vector<QRadioButton*> choices_;
  QLineEdit* number_ = nullptr;
  QPushButton* check_ = nullptr;
  QWidget* feedback_ = nullptr;
  QLabel* mark_ = nullptr;
  LessonTextLabel* said_ = nullptr;
  bool waiting_ = false;
};

}  // namespace kvfoot::gui
