// Work that is to be done in its order, but not on the thread of the widgets: of Latest only the
// last request counts, here every one does.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace kvfoot::gui {

// Its thread starts with the first job.
class SerialQueue {
 public:
  SerialQueue() = default;
  SerialQueue(const SerialQueue&) = delete;
  SerialQueue& operator=(const SerialQueue&) = delete;
  ~SerialQueue();  // finishes

  void run(std::function<void()> job);
  // Waits until all of them are done.
  void finish();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;  // the first one is under way, or about to be
  bool stop_ = false;
  std::thread worker_;
};

}  // namespace kvfoot::gui
