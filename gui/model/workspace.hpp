// What the window is about: the scenario, what came out of it, what is pinned beside it, and where
// the reader is looking. Views watch it and never each other.
#pragma once

#include <QObject>
#include <QString>
#include <QUndoStack>
#include <cstdint>
#include <optional>
#include <vector>

#include "gui/model/outcome.hpp"
#include "gui/model/replayer.hpp"

namespace kvfoot::gui {

// A stream of the run; layer or head -1: all of them.
struct StreamChoice {
  std::int32_t layer = -1;
  std::int32_t head = -1;
  [[nodiscard]] bool all() const { return layer < 0 || head < 0; }
  friend bool operator==(const StreamChoice&, const StreamChoice&) = default;
};

class Workspace final : public QObject {
  Q_OBJECT
 public:
  explicit Workspace(QObject* parent = nullptr);

  [[nodiscard]] const WhatIf& what_if() const { return what_if_; }
  // Makes `next` the scenario, replays it, and can be undone. Edits of the same `field` one after
  // the other (a slider that moves) are one step of undo, unless end_edit() stands between them.
  void edit(const WhatIf& next, const QString& field);
  void end_edit();
  // Another scenario altogether: the undo history starts anew.
  void open(const WhatIf& what_if);
  // Replays the same scenario, say because a file has changed.
  void refresh();
  [[nodiscard]] QUndoStack& undo_stack() { return undo_; }

  // Null until the first replay; stays the old one while the next is made or when it fails.
  [[nodiscard]] const OutcomePtr& outcome() const { return outcome_; }
  // Why the last replay has no outcome; empty if it has one, or was stopped.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] bool busy() const { return replayer_.busy(); }
  // The outcome is of another scenario, and nothing is on its way: this one failed or was stopped.
  [[nodiscard]] bool stale() const {
    return outcome_ != nullptr && !busy() && outcome_->asked != what_if_;
  }
  // The outcome stays that of the scenario before.
  void cancel();

  // Outcomes to compare with, oldest first.
  [[nodiscard]] const std::vector<OutcomePtr>& pins() const { return pins_; }
  // The scenario's outcome, or, while it is replayed, the one that comes. Nothing where it has
  // none.
  void pin();
  // The pin, which holds what is compared and not the trace; null if it was pinned already.
  OutcomePtr pin_outcome(const OutcomePtr& outcome);
  void unpin(std::size_t index);
  void clear_pins();

  // Where everything looks. Rows and keys are clamped to the run; -1: no key.
  [[nodiscard]] std::int64_t row() const { return row_; }
  [[nodiscard]] std::int64_t key() const { return key_; }
  [[nodiscard]] StreamChoice stream() const { return stream_; }
  void set_row(std::int64_t row);
  void set_key(std::int64_t key);
  void set_stream(StreamChoice stream);

 signals:
  void what_if_changed();
  void outcome_changed();        // or the error
  void busy_changed(bool busy);  // before outcome_changed() or stopped()
  void stopped();                // a replay, by cancel()
  void progressed(qint64 rows_done, qint64 rows_total);
  void pins_changed();
  void row_changed(qint64 row);
  void key_changed(qint64 key);
  void stream_changed();

 private:
  friend class EditCommand;
  void apply(const WhatIf& what_if);
  void take(const OutcomePtr& outcome);
  [[nodiscard]] std::int64_t rows() const;

  WhatIf what_if_;
  QUndoStack undo_;
  int edit_session_ = 0;
  Replayer replayer_;
  OutcomePtr outcome_;
  std::optional<Error> error_;
  std::vector<OutcomePtr> pins_;
  bool pin_next_ = false;  // the outcome of the replay that is under way
  std::int64_t row_ = 0;
  std::int64_t key_ = -1;
  StreamChoice stream_;
};

}  // namespace kvfoot::gui
