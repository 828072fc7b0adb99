// The worker thread and the hand-over.
#include "gui/model/latest.hpp"

#include <QMetaObject>
#include <utility>

namespace kvfoot::gui {

Latest::~Latest() {
  if (!worker_.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    cancel_ = true;
  }
  wake_.notify_one();
  worker_.join();
}

void Latest::request(Work work) {
  ++asked_;
  busy_ = true;
  {
    const std::lock_guard lock(mutex_);
    waiting_ = Job{std::move(work), asked_};
    cancel_ = true;  // of what is running
  }
  if (!worker_.joinable()) {
    worker_ = std::thread([this] { this->work(); });
  }
  wake_.notify_one();
}

void Latest::cancel() {
  ++asked_;  // whatever comes back is stale
  busy_ = false;
  const std::lock_guard lock(mutex_);
  waiting_.reset();
  cancel_ = true;
}

void Latest::work() {
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
    std::optional<Done> done(Done{job.work(cancel_), job.number});
    {
      const std::lock_guard lock(mutex_);
      done_.swap(done);  // one that nobody has fetched is overtaken
    }
    QMetaObject::invokeMethod(this, "deliver", Qt::QueuedConnection);
  }
}

void Latest::deliver() {
  std::optional<Done> done;
  {
    const std::lock_guard lock(mutex_);
    done = std::exchange(done_, std::nullopt);
  }
  if (!done || done->number != asked_) {
    return;  // overtaken
  }
  busy_ = false;
  if (done->delivery) {
    done->delivery();
  }
}

}  // namespace kvfoot::gui
