// Guided lessons: the list, and the one that is open.
#pragma once

#include <QString>
#include <QWidget>
#include <vector>

#include "gui/model/lesson.hpp"
#include "gui/model/lesson_progress.hpp"

class QPushButton;
class QScrollArea;
class QStackedWidget;
class QVBoxLayout;

namespace kvfoot::gui {

class LessonEntry;
class LessonPage;
class Workspace;

class LessonPanel final : public QWidget {
  Q_OBJECT
 public:
  explicit LessonPanel(Workspace& workspace, QWidget* parent = nullptr);

  // Read when they are first wanted: most windows never show them.
  [[nodiscard]] const std::vector<Lesson>& lessons();
  // The lesson of that name at its first step; nothing if there is none.
  void open(const QString& name);
  // Opens what another panel has open, at the same step.
  void take_over(const LessonPanel& other);
  void show_list();

 signals:
  // "timeline", "states", ... (kLessonViews): the step is about that view.
  void look_at(const QString& view);

 protected:
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void load();
  void make_list();
  void show_marks();

  LessonProgress progress_;
  std::vector<Lesson> lessons_;
  bool loaded_ = false;
  QStackedWidget* stack_ = nullptr;
  QScrollArea* scroll_ = nullptr;  // of the list
  QWidget* list_ = nullptr;
  QVBoxLayout* entries_ = nullptr;
  std::vector<LessonEntry*> buttons_;  // one per lesson
  QPushButton* over_ = nullptr;
  LessonPage* page_ = nullptr;
};

}  // namespace kvfoot::gui
