// Brings the workspace to the pictures of lessons, and back to what the reader had before.
#pragma once

#include <QObject>
#include <cstdint>
#include <optional>
#include <vector>

#include "gui/model/lesson.hpp"
#include "gui/model/lesson_check.hpp"
#include "gui/model/workspace.hpp"

namespace kvfoot::gui {

class LessonShow final : public QObject {
  Q_OBJECT
 public:
  explicit LessonShow(Workspace& workspace, QObject* parent = nullptr);

  // Pins the runs of the picture in place of those of the picture before (what the reader has
  // pinned stays), replays its scenario, and goes to its row, key and stream (by default the last
  // row, no key, all streams). Pictures one after the other are one step of undo. Ends early when
  // somebody else edits the scenario or its replay fails. The picture must show something.
  void show(const Lesson& lesson, const LessonPicture& picture);
  // The reader leaves the lessons: their pins go, and what the window showed before the pictures
  // comes back, unless the scenario has been changed since the last one. What was opened or edited
  // between two pictures counts as before them. Whether it came back.
  bool leave();
  // Goes on where another one on the same workspace was, which ends: what comes back in the end,
  // and its pins. A lesson that is open there is to be shown here next.
  void take_over(LessonShow& other);
  // The pins of a picture are replayed.
  [[nodiscard]] bool busy() const { return runs_.busy(); }
  // What the reader had before the lessons, while the window shows a lesson's scenario; else null.
  [[nodiscard]] const WhatIf* before_lesson() const;
  // What the reader would lose if the program ended now: the scenario from before the pictures
  // while theirs is shown, null if that one was saved; else the scenario of the window.
  [[nodiscard]] const WhatIf* unsaved() const;

 signals:
  void shown();
  void began();  // before the first picture
  void ended();  // the reader has left, whatever came back

 private:
  enum class State : std::uint8_t { kIdle, kPins, kScenario, kBack };
  struct Before {
    WhatIf what_if;
    std::int64_t row = 0;
    std::int64_t key = -1;
    StreamChoice stream;
    int undo_index = 0;
  };
  void remember();  // what is to come back
  void show_scenario();
  void on_outcome();
  void go_to_place();
  void edit(const WhatIf& what_if);
  void drop_own_pins();

  Workspace& workspace_;
  LessonRuns runs_;  // of the pins
  std::string lesson_;
  LessonPicture picture_;
  WhatIf from_;                 // in the window when the picture was asked for
  WhatIf target_;               // the scenario of the picture
  std::optional<WhatIf> last_;  // what a lesson has put into the window last
  std::optional<Before> before_;
  QString field_;                // of undo, in the language in which the lesson began
  std::vector<OutcomePtr> own_;  // pinned by lessons
  State state_ = State::kIdle;
};

}  // namespace kvfoot::gui
