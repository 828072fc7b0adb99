// A pool whose caller works too and never waits for a thread that has not started on the job.
#include "executor/cpu/thread_pool.hpp"

#include <algorithm>

namespace kvfoot::cpu {
namespace {

// About 20 microseconds: loops of one token follow each other closer than a thread wakes up.
constexpr int kSpins = 500;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  if (threads < 1) {
    threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  workers_.reserve(static_cast<std::size_t>(threads - 1));
  for (int worker = 1; worker < threads; ++worker) {
    workers_.emplace_back([this, worker](const std::stop_token& stop) { work(stop, worker); });
  }
}

ThreadPool::~ThreadPool() {
  for (auto& worker : workers_) {
    worker.request_stop();
  }
}

void ThreadPool::drain(Job& job, int worker) noexcept {
  try {
    for (;;) {
      const std::int64_t task = job.next.fetch_add(1, std::memory_order_relaxed);
      if (task >= job.tasks) {
        return;
      }
      job.call(job.context, task, worker);
    }
  } catch (...) {
    job.next.store(job.tasks, std::memory_order_relaxed);
    if (!job.failed.exchange(true)) {
      job.thrown = std::current_exception();
    }
  }
}

void ThreadPool::run(std::int64_t tasks, Call call, void* context) {
  if (workers_.empty() || tasks < 2) {
    for (std::int64_t task = 0; task < tasks; ++task) {
      call(context, task, 0);
    }
    return;
  }
  Job job;
  job.call = call;
  job.context = context;
  job.tasks = tasks;
  {
    const std::lock_guard lock(mutex_);
    job_ = &job;
    generation_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  drain(job, 0);
  {
    std::unique_lock lock(mutex_);
    job_ = nullptr;  // a thread that wakes up late finds nothing
    idle_.wait(lock, [this] { return busy_ == 0; });
  }
  if (job.thrown) {
    std::rethrow_exception(job.thrown);
  }
}

void ThreadPool::work(const std::stop_token& stop, int worker) {
  std::uint64_t seen = 0;
  while (!stop.stop_requested()) {
    for (int spin = 0; spin < kSpins && generation_.load(std::memory_order_acquire) == seen;
         ++spin) {
      pause();
    }
    Job* job = nullptr;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [&] { return generation_.load() != seen; })) {
        return;
      }
      seen = generation_.load();
      job = job_;
      if (job == nullptr) {
        continue;
      }
      ++busy_;
    }
    drain(*job, worker);
    {
      const std::lock_guard lock(mutex_);
      --busy_;
      if (busy_ == 0) {
        idle_.notify_one();
      }
    }
  }
}

}  // namespace kvfoot::cpu
