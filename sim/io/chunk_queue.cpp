#include "sim/io/chunk_queue.hpp"

#include <system_error>
#include <utility>

namespace kvfoot {

ChunkQueue::~ChunkQueue() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
}

void ChunkQueue::push(Chunk chunk) {
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { work(); });
    } catch (const std::system_error&) {
      write_(chunk);
      return;
    }
  }
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < most_; });
    waiting_.push_back(std::move(chunk));
  }
  changed_.notify_all();
}

std::vector<std::byte> ChunkQueue::spare() {
  const std::lock_guard lock(mutex_);
  if (spare_.empty()) {
    return {};
  }
  std::vector<std::byte> bytes = std::move(spare_.back());
  spare_.pop_back();
  bytes.clear();
  return bytes;
}

void ChunkQueue::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty() && !writing_; });
}

void ChunkQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) {
      return;
    }
    Chunk chunk = std::move(waiting_.front());
    waiting_.pop_front();
    writing_ = true;
    lock.unlock();
    write_(chunk);
    lock.lock();
    writing_ = false;
    spare_.push_back(std::move(chunk.bytes));
    changed_.notify_all();
  }
}

}  // namespace kvfoot
