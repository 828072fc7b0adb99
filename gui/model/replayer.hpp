// Replays scenarios on a thread of its own; what was asked last wins.
#pragma once

#include <QObject>
#include <cstdint>
#include <mutex>
#include <optional>

#include "gui/model/latest.hpp"
#include "gui/model/outcome.hpp"

namespace kvfoot::gui {

// Lives on the thread that made it; its signals come there, from its event loop. A request that is
// overtaken by the next one is cancelled and never reported.
class Replayer final : public QObject {
  Q_OBJECT
 public:
  explicit Replayer(QObject* parent = nullptr) : QObject(parent) {}

  void request(const WhatIf& what_if);
  // Forgets what is running or waiting; nothing more is reported of it.
  void cancel();
  [[nodiscard]] bool busy() const { return busy_; }

 signals:
  void finished(const kvfoot::gui::OutcomePtr& outcome);
  void failed(const kvfoot::gui::WhatIf& what_if, const kvfoot::Error& error);
  void progressed(qint64 rows_done, qint64 rows_total);
  void busy_changed(bool busy);

 private:
  // On the worker.
  [[nodiscard]] Result<OutcomePtr> replay_now(const WhatIf& what_if, std::uint64_t number,
                                              const std::atomic<bool>& cancel);
  void set_busy(bool busy);
  Q_INVOKABLE void tell_progress();

  std::uint64_t asked_ = 0;
  bool busy_ = false;

  struct Progress {
    std::uint64_t number = 0;
    std::int64_t rows_done = 0;
    std::int64_t rows_total = 0;
  };
  std::mutex progress_mutex_;
  std::optional<Progress> progress_;  // the newest that is not told yet

  SourceCache sources_;  // of the worker alone
  Latest latest_;        // last: its thread uses everything above
};

}  // namespace kvfoot::gui
