// Replays as work of which the last is delivered, with progress on the way.
#include "gui/model/replayer.hpp"

#include <QMetaObject>
#include <utility>

#include "gui/model/within_memory.hpp"

namespace kvfoot::gui {

void Replayer::request(const WhatIf& what_if) {
  latest_.request([this, what_if, number = ++asked_](const std::atomic<bool>& cancel) {
    return [this, what_if, outcome = replay_now(what_if, number, cancel)] {
      set_busy(false);
      if (outcome) {
        emit finished(*outcome);
      } else {
        emit failed(what_if, outcome.error());
      }
    };
  });
  set_busy(true);
}

void Replayer::cancel() {
  ++asked_;  // progress that is on its way is stale
  latest_.cancel();
  set_busy(false);
}

void Replayer::set_busy(bool busy) {
  if (busy_ != busy) {
    busy_ = busy;
    emit busy_changed(busy);
  }
}

Result<OutcomePtr> Replayer::replay_now(const WhatIf& what_if, std::uint64_t number,
                                        const std::atomic<bool>& cancel) {
  ReplayControl control;
  control.cancel = &cancel;
  int shown = -1;
  control.on_progress = [&](std::int64_t done, std::int64_t total) {
    const int percent = total > 0 ? static_cast<int>(100 * done / total) : 0;
    if (std::exchange(shown, percent) != percent) {
      {
        const std::lock_guard lock(progress_mutex_);
        progress_ = Progress{number, done, total};
      }
      QMetaObject::invokeMethod(this, "tell_progress", Qt::QueuedConnection);
    }
  };
  return within_memory(
      needs_more_memory(short_name(what_if),
                        "choose a shorter prompt or output, or fewer layers and heads"),
      [&] { return compute(what_if, sources_, control); });
}

void Replayer::tell_progress() {
  std::optional<Progress> progress;
  {
    const std::lock_guard lock(progress_mutex_);
    progress = std::exchange(progress_, std::nullopt);
  }
  if (progress && busy_ && progress->number == asked_) {  // the result may have come first
    emit progressed(progress->rows_done, progress->rows_total);
  }
}

}  // namespace kvfoot::gui
