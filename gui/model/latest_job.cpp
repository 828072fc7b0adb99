// The worker thread and the hand-over.
#include "gui/model/latest_job.hpp"

#include <QMetaObject>
#include <new>
#include <utility>

namespace kvfoot::gui {

LatestJob::LatestJob(QObject* parent) : QObject(parent), worker_([this] { work(); }) {}

LatestJob::~LatestJob() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    cancel_ = true;
  }
  wake_.notify_one();
  worker_.join();
}

void LatestJob::start(Job job) {
  ++asked_;
  {
    const std::lock_guard lock(mutex_);
    waiting_ = std::move(job);
    waiting_number_ = asked_;
    cancel_ = true;  // of what is running
  }
  wake_.notify_one();
  set_busy(true);
}

void LatestJob::cancel() {
  ++asked_;
  {
    const std::lock_guard lock(mutex_);
    waiting_ = nullptr;
    cancel_ = true;
  }
  set_busy(false);
}

void LatestJob::set_busy(bool busy) {
  if (busy_ != busy) {
    busy_ = busy;
    emit busy_changed(busy);
  }
}

void LatestJob::finish(std::uint64_t number, const Done& done, bool exhausted) {
  if (number != asked_) {
    return;
  }
  set_busy(false);
  if (exhausted) {
    emit out_of_memory();
  } else if (done) {
    done();
  }
}

void LatestJob::work() {
  for (;;) {
    Job job;
    std::uint64_t number = 0;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || waiting_; });
      if (stop_) {
        return;
      }
      job = std::exchange(waiting_, nullptr);
      number = waiting_number_;
      cancel_ = false;
    }
    Done done;
    bool exhausted = false;
    try {
      done = job(cancel_);
    } catch (const std::bad_alloc&) {
      exhausted = true;
    }
    job = nullptr;  // what it holds goes before the next one is waited for
    QMetaObject::invokeMethod(
        this,
        [this, number, done = std::move(done), exhausted] { finish(number, done, exhausted); },
        Qt::QueuedConnection);
  }
}

}  // namespace kvfoot::gui
