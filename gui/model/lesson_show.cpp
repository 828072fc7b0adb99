#include "gui/model/lesson_show.hpp"

#include <algorithm>

namespace kvfoot::gui {

LessonShow::LessonShow(Workspace& workspace, QObject* parent)
    : QObject(parent), workspace_(workspace) {
  connect(&workspace_, &Workspace::outcome_changed, this, &LessonShow::on_outcome);
}

void LessonShow::show(const Lesson& lesson, const LessonStep& step) {
  step_ = step;
  queue_.clear();
  for (const std::string& pin : step.pins) {
    queue_.push_back(*lesson.find(pin));
  }
  queue_.push_back(*lesson.find(step.show));
  if (!step.pins.empty()) {
    drop_own_pins();
  }
  workspace_.end_edit();
  next();
}

void LessonShow::drop_own_pins() {
  for (std::size_t i = workspace_.pins().size(); i-- > 0;) {
    if (std::ranges::find(own_, workspace_.pins()[i]) != own_.end()) {
      workspace_.unpin(i);
    }
  }
  own_.clear();
}

void LessonShow::on_outcome() {
  if (queue_.empty()) {
    return;
  }
  if (workspace_.error() || workspace_.what_if() != queue_.front()) {
    queue_.clear();
    return;
  }
  next();
}

void LessonShow::next() {
  while (!queue_.empty()) {
    const WhatIf wanted = queue_.front();
    if (workspace_.what_if() != wanted) {
      workspace_.edit(wanted, tr("lesson"));
      return;
    }
    if (workspace_.busy()) {
      return;
    }
    if (workspace_.outcome() == nullptr || workspace_.outcome()->asked != wanted) {
      workspace_.refresh();
      return;
    }
    if (queue_.size() > 1) {
      const std::size_t before = workspace_.pins().size();
      workspace_.pin();
      if (workspace_.pins().size() > before) {
        own_.push_back(workspace_.pins().back());
      }
    }
    queue_.pop_front();
  }
  workspace_.end_edit();
  workspace_.set_row(step_.row.value_or(workspace_.outcome()->result.inputs.run.rows() - 1));
  workspace_.set_key(step_.key.value_or(-1));
  workspace_.set_stream(step_.stream.value_or(StreamChoice{}));
  emit shown();
}

}  // namespace kvfoot::gui
