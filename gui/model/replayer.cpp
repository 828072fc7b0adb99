// The worker thread and the hand-over.
#include "gui/model/replayer.hpp"

#include <QMetaObject>
#include <new>
#include <utility>

namespace kvfoot::gui {

Replayer::Replayer(QObject* parent) : QObject(parent), worker_([this] { work(); }) {}

Replayer::~Replayer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    cancel_ = true;
  }
  wake_.notify_one();
  worker_.join();
}

void Replayer::request(const WhatIf& what_if) {
  ++asked_;
  {
    const std::lock_guard lock(mutex_);
    waiting_ = Job{what_if, asked_};
    cancel_ = true;  // of what is running
  }
  wake_.notify_one();
  set_busy(true);
}

void Replayer::cancel() {
  ++asked_;  // whatever comes back is stale
  {
    const std::lock_guard lock(mutex_);
    waiting_.reset();
    cancel_ = true;
  }
  set_busy(false);
}

void Replayer::set_busy(bool busy) {
  if (busy_ != busy) {
    busy_ = busy;
    emit busy_changed(busy);
  }
}

void Replayer::report(std::uint64_t number, const Result<OutcomePtr>& outcome,
                      const WhatIf& what_if) {
  if (number != asked_) {
    return;
  }
  set_busy(false);
  if (outcome) {
    emit finished(*outcome);
  } else {
    emit failed(what_if, outcome.error());
  }
}

void Replayer::work() {
  SourceCache sources;
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || waiting_; });
      if (stop_) {
        return;
      }
      job = std::move(*waiting_);
      waiting_.reset();
      cancel_ = false;
    }
    ReplayControl control;
    control.cancel = &cancel_;
    int shown = -1;
    control.on_progress = [&](std::int64_t done, std::int64_t total) {
      const int percent = total > 0 ? static_cast<int>(100 * done / total) : 0;
      if (percent != shown) {
        shown = percent;
        QMetaObject::invokeMethod(
            this,
            [this, number = job.number, done, total] {
              if (number == asked_) {
                emit progressed(done, total);
              }
            },
            Qt::QueuedConnection);
      }
    };
    auto outcome = [&]() -> Result<OutcomePtr> {
      try {
        return compute(job.what_if, sources, control);
      } catch (const std::bad_alloc&) {
        return Error{short_name(job.what_if), "needs more memory than this machine gives",
                     "choose a shorter prompt or output, or fewer layers and heads",
                     ErrorKind::kEnvironment};
      }
    }();
    QMetaObject::invokeMethod(
        this,
        [this, number = job.number, outcome = std::move(outcome), what_if = job.what_if] {
          report(number, outcome, what_if);
        },
        Qt::QueuedConnection);
  }
}

}  // namespace kvfoot::gui
