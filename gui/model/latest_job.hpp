// Work on a thread of its own where only the latest result counts.
#pragma once

#include <QObject>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace kvfoot::gui {

// Lives on the thread that made it. A job that is overtaken by the next one sees its cancel flag
// set, and what it returns is dropped.
class LatestJob final : public QObject {
  Q_OBJECT
 public:
  using Done =
      std::function<void()>;  // called on the owner's thread, from its event loop; may be null
  using Job = std::function<Done(const std::atomic<bool>& cancel)>;

  explicit LatestJob(QObject* parent = nullptr);
  ~LatestJob() override;  // cancels and waits

  void start(Job job);
  // Forgets what is running or waiting.
  void cancel();
  [[nodiscard]] bool busy() const { return busy_; }

 signals:
  void busy_changed(bool busy);
  void out_of_memory();  // the latest job needed more memory than there is

 private:
  void work();
  void finish(std::uint64_t number, const Done& done, bool exhausted);
  void set_busy(bool busy);

  // On the owner's thread.
  std::uint64_t asked_ = 0;
  bool busy_ = false;

  // Shared with the worker.
  std::mutex mutex_;
  std::condition_variable wake_;
  Job waiting_;
  std::uint64_t waiting_number_ = 0;
  bool stop_ = false;
  std::atomic<bool> cancel_ = false;

  std::thread worker_;  // last: it uses everything above
};

}  // namespace kvfoot::gui
