// Threads that share the tasks of one loop. Which thread runs which task is left to chance, so
// tasks must write to different places and be the same whoever runs them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace kvfoot::cpu {

class ThreadPool {
 public:
  // `threads` includes the caller; below 1: as many as the machine has.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls body(task, worker) for every task in [0, tasks), worker in [0, threads()), and returns
  // when all are done. Tasks start in ascending order. Not reentrant. What a body throws is thrown
  // here, the first of it, when no thread is inside any more; later tasks may be left out then.
  template <class Body>
  void parallel_for(std::int64_t tasks, Body&& body) {
    run(
        tasks,
        [](void* context, std::int64_t task, int worker) {
          (*static_cast<std::remove_reference_t<Body>*>(context))(task, worker);
        },
        &body);
  }

 private:
  using Call = void (*)(void* context, std::int64_t task, int worker);
  struct Job {
    Call call = nullptr;
    void* context = nullptr;
    std::int64_t tasks = 0;
    std::atomic<std::int64_t> next{0};
    std::atomic<bool> failed{false};
    std::exception_ptr thrown;  // written by whoever sets `failed`, read when all are done
  };

  void run(std::int64_t tasks, Call call, void* context);
  void work(const std::stop_token& stop, int worker);
  static void drain(Job& job, int worker) noexcept;

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable idle_;
  Job* job_ = nullptr;                        // guarded by mutex_
  int busy_ = 0;                              // workers inside job_, guarded by mutex_
  std::atomic<std::uint64_t> generation_{0};  // counts jobs; read without the lock while spinning
  std::vector<std::jthread> workers_;
};

}  // namespace kvfoot::cpu
