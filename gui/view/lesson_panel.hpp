// Guided lessons: the list, and the one that is open.
#pragma once

#include <QString>
#include <QWidget>
#include <functional>
#include <optional>
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
  using Read = std::function<Result<std::vector<Lesson>>()>;
  // `read`: the built-in lessons, in the reader's language, unless a test has others.
  // `kept`: progress is read and written (LessonProgress).
  explicit LessonPanel(Workspace& workspace, bool kept = true, Read read = {});

  // Read when they are first wanted: most windows never show them.
  [[nodiscard]] const std::vector<Lesson>& lessons();
  // The lesson of that name, at the step where the reader left it or at this one, from 1: "rent" or
  // "rent:3". False if there is none.
  bool open(const QString& place);
  [[nodiscard]] bool has(const QString& place);
  // The name of the lesson that is open; empty: the list.
  [[nodiscard]] QString reading() const;
  // Goes on here with the lesson that another panel on the same workspace has open.
  void take_over(LessonPanel& other);
  // Leaves the lesson.
  void show_list();
  // What the window showed before the lessons comes back; the lesson itself stays where it is.
  void leave();
  [[nodiscard]] bool busy() const;  // runs of the lesson are replayed
  // The reader's scenario, which leave() brings back, while the window shows a lesson's; else null.
  [[nodiscard]] const WhatIf* before_lesson() const;
  // What the reader would lose if the program ended now (LessonShow::unsaved); null: nothing.
  [[nodiscard]] const WhatIf* unsaved() const;

 signals:
  // "timeline", "states", ... (kLessonViews): the step is about that view.
  void look_at(const QString& view);
  // Between them lessons look as they need to; then the reader's own choices of view come back.
  void began();
  void ended();

 protected:
  void showEvent(QShowEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;  // on to where the keyboard has something to do
  void changeEvent(QEvent* event) override;

 private:
  struct Place {
    std::size_t lesson = 0;
    std::size_t step = 0;
  };
  [[nodiscard]] std::optional<Place> find(const QString& place);
  void load();
  void open_at(std::size_t lesson, std::size_t step);
  [[nodiscard]] const Lesson* after(std::size_t lesson) const;
  void make_list();
  void show_marks();
  void focus_next_lesson();  // that is not done, else the first

  Read read_;
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
