// Where the buffers of a backend come from: a ledger that counts them per class of tensor, a pool
// that keeps freed blocks for the next layer, and the handles that give back what they took.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>

#include "sim/core/memory_classes.hpp"

namespace kvfoot {

// Bytes that are in use now, and at most since reset_peak(). Not thread-safe: memory is taken and
// given back between parallel loops, never inside one.
class MemoryLedger {
 public:
  void add(MemoryClass memory, std::int64_t bytes) {  // negative: given back
    held_[memory] += bytes;
    if (bytes > 0) {
      peak_.raise_to(held_);
      if (held_.total() > at_peak_.total()) {
        at_peak_ = held_;
      }
    }
  }
  void reset_peak() { peak_ = at_peak_ = held_; }

  [[nodiscard]] const MemoryBytes& held() const { return held_; }
  [[nodiscard]] const MemoryBytes& peak() const { return peak_; }        // class by class
  [[nodiscard]] const MemoryBytes& at_peak() const { return at_peak_; }  // when the sum was largest

 private:
  MemoryBytes held_, peak_, at_peak_;
};

// Memory of the host or of a device.
class BlockSource {
 public:
  virtual ~BlockSource() = default;
  // Aligned to 64 bytes at least, contents undefined. Null: there is not enough.
  [[nodiscard]] virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* block) = 0;
  virtual void fill(void* block, int byte, std::size_t bytes) = 0;
};
[[nodiscard]] BlockSource& host_blocks();

// Layers take the same sizes over and over, so blocks that were given back wait for the next layer;
// what a whole pass did not use goes back to the system.
class BufferPool {
 public:
  explicit BufferPool(MemoryLedger& ledger, BlockSource& source = host_blocks())
      : ledger_(ledger), source_(source) {}
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  void begin_pass();
  // Gives waiting blocks back to the system; false if there were none.
  bool drop_waiting();

  struct Block {
    void* data = nullptr;
    std::size_t room = 0;  // bytes, at least what was asked for
  };
  // Contents undefined; throws std::bad_alloc.
  [[nodiscard]] Block take(MemoryClass memory, std::size_t bytes);
  void give_back(MemoryClass memory, Block block, std::size_t bytes);

  [[nodiscard]] MemoryLedger& ledger() { return ledger_; }
  // Bytes taken from the system, waiting blocks included.
  [[nodiscard]] std::int64_t reserved() const { return reserved_; }

 private:
  struct Waiting {
    void* data = nullptr;
    std::int64_t pass = 0;  // in which it was given back
  };
  void release(std::multimap<std::size_t, Waiting>::iterator block);

  MemoryLedger& ledger_;
  BlockSource& source_;
  std::multimap<std::size_t, Waiting> waiting_;  // by room
  std::int64_t pass_ = 0;
  std::int64_t reserved_ = 0;
};

// `count` values of T, undefined at first; given back at the latest when it ends.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(BufferPool& pool, MemoryClass memory, std::int64_t count)
      : pool_(&pool),
        memory_(memory),
        count_(count),
        block_(pool.take(memory, static_cast<std::size_t>(count) * sizeof(T))) {}
  ~Buffer() { release(); }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    release();
    swap(other);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void release() {
    if (pool_ != nullptr) {
      pool_->give_back(memory_, block_, static_cast<std::size_t>(count_) * sizeof(T));
      pool_ = nullptr;
      block_ = {};
      count_ = 0;
    }
  }
  [[nodiscard]] T* data() { return static_cast<T*>(block_.data); }
  [[nodiscard]] const T* data() const { return static_cast<const T*>(block_.data); }
  [[nodiscard]] std::int64_t size() const { return count_; }
  [[nodiscard]] std::span<T> span() { return {data(), static_cast<std::size_t>(count_)}; }
  [[nodiscard]] std::span<const T> span() const {
    return {data(), static_cast<std::size_t>(count_)};
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(memory_, other.memory_);
    std::swap(count_, other.count_);
    std::swap(block_, other.block_);
  }

  BufferPool* pool_ = nullptr;
  MemoryClass memory_ = MemoryClass::kWorkspace;
  std::int64_t count_ = 0;
  BufferPool::Block block_;
};

}  // namespace kvfoot
