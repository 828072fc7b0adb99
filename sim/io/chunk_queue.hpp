// A thread that writes pieces of a file in the order in which they come, so that who makes them
// need not wait for the disk.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kvfoot {

// Used by one thread. The thread is started by the first piece; where none can be had, pieces are
// written by who brings them.
class ChunkQueue {
 public:
  struct Chunk {
    std::size_t column = 0;
    std::vector<std::byte> bytes;
  };
  // `write` is called for one chunk at a time. At most `most` chunks wait.
  ChunkQueue(std::function<void(const Chunk&)> write, std::size_t most)
      : write_(std::move(write)), most_(most) {}
  ~ChunkQueue();  // what still waits is dropped
  ChunkQueue(const ChunkQueue&) = delete;
  ChunkQueue& operator=(const ChunkQueue&) = delete;

  void push(Chunk chunk);
  // An empty vector, with the memory of a chunk that was written if there is one.
  [[nodiscard]] std::vector<std::byte> spare();
  void drain();  // returns when everything is written

 private:
  void work();

  std::function<void(const Chunk&)> write_;
  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Chunk> waiting_;
  std::vector<std::vector<std::byte>> spare_;
  bool writing_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace kvfoot
