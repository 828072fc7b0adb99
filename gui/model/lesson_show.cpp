#include "gui/model/lesson_show.hpp"

#include <algorithm>
#include <utility>

namespace kvfoot::gui {

LessonShow::LessonShow(Workspace& workspace, QObject* parent)
    : QObject(parent), workspace_(workspace) {
  connect(&workspace_, &Workspace::outcome_changed, this, &LessonShow::on_outcome);
  connect(&runs_, &LessonRuns::finished, this, &LessonShow::show_scenario);
  connect(&runs_, &LessonRuns::failed, this, &LessonShow::show_scenario);  // its own error follows
}

void LessonShow::show(const Lesson& lesson, const LessonPicture& picture) {
  if (!before_) {
    emit began();
  }
  // What somebody has put into the window since the picture before is what comes back in the end.
  if (!before_ ||
      (workspace_.what_if() != before_->what_if && (!last_ || workspace_.what_if() != *last_))) {
    remember();
    last_.reset();
  }
  picture_ = picture;
  from_ = workspace_.what_if();
  target_ = *lesson.find(picture.show);
  if (lesson_ != lesson.name) {
    lesson_ = lesson.name;
    runs_.open(lesson);
  }
  state_ = State::kPins;
  runs_.want(picture.pins);
}

void LessonShow::remember() {
  before_ = {workspace_.what_if(), workspace_.row(), workspace_.key(), workspace_.stream(),
             workspace_.undo_stack().index()};
  field_ = tr("lesson");
  if (state_ == State::kBack && workspace_.what_if() == target_) {  // its replay is under way
    before_->row = *picture_.row;
    before_->key = *picture_.key;
    before_->stream = *picture_.stream;
  }
}

void LessonShow::show_scenario() {
  if (state_ != State::kPins) {
    return;
  }
  if (workspace_.what_if() != from_) {
    state_ = State::kIdle;
    return;
  }
  drop_own_pins();
  for (const std::string& pin : picture_.pins) {
    if (const auto at = runs_.outcomes().find(pin); at != runs_.outcomes().end()) {
      if (OutcomePtr own = workspace_.pin_outcome(at->second)) {
        own_.push_back(std::move(own));
      }
    }
  }
  state_ = State::kScenario;
  if (workspace_.what_if() != target_) {
    edit(target_);
  } else if (workspace_.outcome() != nullptr && workspace_.outcome()->asked == target_ &&
             !workspace_.busy() && !workspace_.error()) {
    last_ = target_;
    state_ = State::kIdle;
    go_to_place();
    emit shown();
  } else if (!workspace_.busy()) {
    last_ = target_;
    workspace_.refresh();
  }
}

void LessonShow::on_outcome() {
  const bool ours = !workspace_.error() && workspace_.what_if() == target_;
  if (state_ == State::kScenario || state_ == State::kBack) {
    const bool back = state_ == State::kBack;
    state_ = State::kIdle;
    if (ours) {
      go_to_place();
    }
    if (ours && !back) {
      emit shown();
    }
  }
}

void LessonShow::go_to_place() {
  workspace_.set_row(picture_.row.value_or(workspace_.outcome()->result.inputs.run.rows() - 1));
  workspace_.set_key(picture_.key.value_or(-1));
  workspace_.set_stream(picture_.stream.value_or(StreamChoice{}));
}

// Edits with the same name merge until somebody ends them: a lesson is one step of undo as long as
// the reader changes nothing, and none once everything is as before.
void LessonShow::edit(const WhatIf& what_if) {
  if (!last_ || workspace_.what_if() != *last_) {
    workspace_.end_edit();
  }
  last_ = what_if;
  workspace_.edit(what_if, field_);
}

bool LessonShow::leave() {
  if (!before_) {
    return false;
  }
  state_ = State::kIdle;
  runs_.want({});
  drop_own_pins();
  const Before before = *std::exchange(before_, std::nullopt);
  emit ended();
  if (!last_ || workspace_.what_if() != *last_ || *last_ == before.what_if) {
    return false;
  }
  picture_ = LessonPicture{};
  picture_.row = before.row;
  picture_.key = before.key;
  picture_.stream = before.stream;
  target_ = before.what_if;
  state_ = State::kBack;
  edit(target_);
  return true;
}

void LessonShow::take_over(LessonShow& other) {
  before_ = std::exchange(other.before_, std::nullopt);
  last_ = other.last_;
  field_ = other.field_;
  own_ = std::exchange(other.own_, {});
  if (other.state_ == State::kBack) {
    picture_ = other.picture_;
    target_ = other.target_;
    state_ = State::kBack;
  }
  other.state_ = State::kIdle;
  other.runs_.want({});
}

const WhatIf* LessonShow::before_lesson() const {
  return before_ && last_ && workspace_.what_if() == *last_ ? &before_->what_if : nullptr;
}

const WhatIf* LessonShow::unsaved() const {
  const WhatIf* before = before_lesson();
  if (before == nullptr) {
    return &workspace_.what_if();
  }
  return workspace_.undo_stack().cleanIndex() == before_->undo_index ? nullptr : before;
}

void LessonShow::drop_own_pins() {
  for (std::size_t i = workspace_.pins().size(); i-- > 0;) {
    if (std::ranges::find(own_, workspace_.pins()[i]) != own_.end()) {
      workspace_.unpin(i);
    }
  }
  own_.clear();
}

}  // namespace kvfoot::gui
