// Edits, undo, and passing on what the replayer reports.
#include "gui/model/workspace.hpp"

#include <QUndoCommand>
#include <algorithm>
#include <utility>

namespace kvfoot::gui {

// One change of the scenario; neighbours with the same field and session are one.
class EditCommand final : public QUndoCommand {
 public:
  EditCommand(Workspace& workspace, WhatIf before, WhatIf after, QString field, int session)
      : QUndoCommand(field),
        workspace_(workspace),
        before_(std::move(before)),
        after_(std::move(after)),
        session_(session) {}

  void undo() override { workspace_.apply(before_); }
  void redo() override { workspace_.apply(after_); }
  [[nodiscard]] int id() const override { return 1; }
  bool mergeWith(const QUndoCommand* other) override {
    const auto* next = static_cast<const EditCommand*>(other);
    if (next->text() != text() || next->session_ != session_) {
      return false;
    }
    after_ = next->after_;
    setObsolete(after_ == before_);
    return true;
  }

 private:
  Workspace& workspace_;
  WhatIf before_;
  WhatIf after_;
  int session_;
};

Workspace::Workspace(QObject* parent) : QObject(parent) {
  connect(&replayer_, &Replayer::finished, this, &Workspace::take);
  connect(&replayer_, &Replayer::failed, this, [this](const WhatIf&, const Error& error) {
    error_ = error;
    pin_next_ = false;
    emit outcome_changed();
  });
  connect(&replayer_, &Replayer::busy_changed, this, &Workspace::busy_changed);
  connect(&replayer_, &Replayer::progressed, this, &Workspace::progressed);
}

void Workspace::edit(const WhatIf& next, const QString& field) {
  if (next != what_if_) {
    undo_.push(new EditCommand(*this, what_if_, next, field, edit_session_));
  }
}

void Workspace::end_edit() { ++edit_session_; }

void Workspace::open(const WhatIf& what_if) {
  undo_.clear();
  end_edit();
  apply(what_if);
}

void Workspace::refresh() { replayer_.request(what_if_); }

void Workspace::cancel() {
  const bool was_busy = busy();
  replayer_.cancel();
  pin_next_ = false;
  // Of the scenario before, or one that is out of date: nobody knows how this one would have ended.
  const bool forgotten = was_busy && std::exchange(error_, std::nullopt).has_value();
  if (was_busy) {
    emit stopped();
  }
  if (forgotten) {
    emit outcome_changed();
  }
}

void Workspace::apply(const WhatIf& what_if) {
  what_if_ = what_if;
  pin_next_ = false;  // that was the scenario before
  emit what_if_changed();
  replayer_.request(what_if_);
}

void Workspace::take(const OutcomePtr& outcome) {
  const std::int64_t rows_before = rows();
  outcome_ = outcome;
  error_.reset();
  if (std::exchange(pin_next_, false)) {
    pin_outcome(outcome_);
  }
  // The last row says what a run ends with; a row that the reader has chosen stays.
  const bool at_end = rows_before == 0 || row_ == rows_before - 1;
  const std::int64_t row = at_end ? rows() - 1 : std::clamp<std::int64_t>(row_, 0, rows() - 1);
  const std::int64_t key = std::min(key_, rows() - 1);
  StreamChoice stream = stream_;
  if (stream.layer >= outcome->layers() || stream.head >= outcome->heads()) {
    stream = StreamChoice{};
  }
  const bool row_moved = std::exchange(row_, row) != row;
  const bool key_moved = std::exchange(key_, key) != key;
  const bool stream_moved = std::exchange(stream_, stream) != stream;
  emit outcome_changed();
  if (row_moved) {
    emit row_changed(row_);
  }
  if (key_moved) {
    emit key_changed(key_);
  }
  if (stream_moved) {
    emit stream_changed();
  }
}

std::int64_t Workspace::rows() const {
  return outcome_ == nullptr ? 0 : outcome_->result.inputs.run.rows();
}

void Workspace::pin() {
  pin_next_ = busy();
  if (!pin_next_ && outcome_ != nullptr && !stale()) {
    pin_outcome(outcome_);
  }
}

OutcomePtr Workspace::pin_outcome(const OutcomePtr& outcome) {
  const auto same = [&](const OutcomePtr& pin) { return same_outcome(*pin, *outcome); };
  if (std::ranges::any_of(pins_, same)) {
    return nullptr;
  }
  auto pin = std::make_shared<Outcome>(*outcome);
  pin->lives.reset();  // which keys go may take a gigabyte
  pin->trace.reset();
  pin->replay.policy.reset();
  pins_.push_back(pin);
  emit pins_changed();
  return pin;
}

void Workspace::unpin(std::size_t index) {
  if (index < pins_.size()) {
    pins_.erase(pins_.begin() + static_cast<std::ptrdiff_t>(index));
    emit pins_changed();
  }
}

void Workspace::clear_pins() {
  if (!pins_.empty()) {
    pins_.clear();
    emit pins_changed();
  }
}

void Workspace::set_row(std::int64_t row) {
  row = std::clamp<std::int64_t>(row, 0, std::max<std::int64_t>(rows() - 1, 0));
  if (row != row_) {
    row_ = row;
    emit row_changed(row_);
  }
}

void Workspace::set_key(std::int64_t key) {
  key = std::clamp<std::int64_t>(key, -1, rows() - 1);
  if (key != key_) {
    key_ = key;
    emit key_changed(key_);
  }
}

void Workspace::set_stream(StreamChoice stream) {
  if (stream != stream_) {
    stream_ = stream;
    emit stream_changed();
  }
}

}  // namespace kvfoot::gui
