// "Show me": brings the workspace to a step of a lesson.
#pragma once

#include <QObject>
#include <deque>
#include <vector>

#include "gui/model/lesson.hpp"
#include "gui/model/workspace.hpp"

namespace kvfoot::gui {

class LessonShow final : public QObject {
  Q_OBJECT
 public:
  explicit LessonShow(Workspace& workspace, QObject* parent = nullptr);

  // Replays the pins of the step and pins them in place of those of the step before (what the
  // reader has pinned stays), then its scenario, and goes to its row, key and stream (by default
  // the last row, no key, all streams). One step of undo. Ends early when somebody else edits the
  // scenario or a replay fails. `step` must show something.
  void show(const Lesson& lesson, const LessonStep& step);

 signals:
  void shown();

 private:
  void next();
  void on_outcome();
  void drop_own_pins();

  Workspace& workspace_;
  LessonStep step_;
  std::vector<OutcomePtr> own_;  // pinned by steps
  std::deque<WhatIf> queue_;     // still to replay; the last one is the scenario
};

}  // namespace kvfoot::gui
