// Replays scenarios on a thread of its own; what was asked last wins.
#pragma once

#include <QObject>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "gui/model/outcome.hpp"

namespace kvfoot::gui {

// Lives on the thread that made it; its signals come there, from its event loop. A request that is
// overtaken by the next one is cancelled and never reported.
class Replayer final : public QObject {
  Q_OBJECT
 public:
  explicit Replayer(QObject* parent = nullptr);
  ~Replayer() override;  // cancels and waits

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
  struct Job {
    WhatIf what_if;
    std::uint64_t number = 0;
  };
  void work();
  void report(std::uint64_t number, const Result<OutcomePtr>& outcome, const WhatIf& what_if);
  void set_busy(bool busy);

  // On the owner's thread.
  std::uint64_t asked_ = 0;
  bool busy_ = false;

  // Shared with the worker.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Job> waiting_;
  bool stop_ = false;
  std::atomic<bool> cancel_ = false;

  std::thread worker_;  // last: it uses everything above
};

}  // namespace kvfoot::gui
