// Work that is too slow for the thread of the widgets; of several requests only the last one is
// delivered.
#pragma once

#include <QObject>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace kvfoot::gui {

// Lives on the thread that made it. Its worker starts with the first request.
class Latest final : public QObject {
  Q_OBJECT
 public:
  // What is to be done with the result, on the owner's thread; empty: nothing.
  using Delivery = std::function<void()>;
  // Runs on the worker, touches only what it owns, and may return early once `cancel` is set.
  using Work = std::function<Delivery(const std::atomic<bool>& cancel)>;

  explicit Latest(QObject* parent = nullptr) : QObject(parent) {}
  ~Latest() override;  // cancels and waits

  void request(Work work);
  // Forgets what is running or waiting; it will not be delivered.
  void cancel();
  [[nodiscard]] bool busy() const { return busy_; }

 private:
  struct Job {
    Work work;
    std::uint64_t number = 0;
  };
  struct Done {
    Delivery delivery;
    std::uint64_t number = 0;
  };
  void work();
  // On the owner's thread, once per job. Results travel under our mutex, Qt's event only wakes: a
  // thread sanitizer sees the first and not the second.
  Q_INVOKABLE void deliver();

  // On the owner's thread.
  std::uint64_t asked_ = 0;
  bool busy_ = false;

  // Shared with the worker.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Job> waiting_;
  std::optional<Done> done_;
  bool stop_ = false;
  std::atomic<bool> cancel_ = false;

  std::thread worker_;
};

}  // namespace kvfoot::gui
