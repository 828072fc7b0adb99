// Memory of the card for the backend: blocks for the pools, arrays that stay, small arrays that are
// sent along with the work that reads them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "executor/cuda/runtime/device.hpp"
#include "executor/memory/buffers.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::cuda {

// Floats between the beginnings of rows of so many: rows begin at multiples of 16 bytes.
[[nodiscard]] constexpr std::int64_t row_stride(std::int64_t floats) {
  return (floats + 3) / 4 * 4;
}

// What the pools take from the card, counted; remembers what could not be had.
class DeviceBlocks final : public BlockSource {
 public:
  explicit DeviceBlocks(Device& device) : device_(device) {}

  void* allocate(std::size_t bytes) override;
  void release(void* block) override;
  void fill(void* block, int byte, std::size_t bytes) override;

  // Called when there is not enough: true if it gave something back.
  void when_short(std::function<bool()> give_back) { give_back_ = std::move(give_back); }

  [[nodiscard]] std::int64_t taken() const { return taken_; }
  // Bytes that were asked for last, if they could not be had; they are told once.
  [[nodiscard]] std::int64_t take_refused() { return std::exchange(refused_, 0); }
  [[nodiscard]] std::int64_t free() const { return device_.memory().free_bytes; }

 private:
  Device& device_;
  std::function<bool()> give_back_;
  std::map<void*, std::size_t> blocks_;
  std::int64_t taken_ = 0;
  std::int64_t refused_ = 0;
};

// Page-locked memory of the host.
class HostBlocks final : public BlockSource {
 public:
  explicit HostBlocks(Device& device) : device_(device) {}
  void* allocate(std::size_t bytes) override;
  void release(void* block) override { device_.release_host(block); }
  void fill(void* block, int byte, std::size_t bytes) override { std::memset(block, byte, bytes); }

  // As of DeviceBlocks.
  [[nodiscard]] std::int64_t take_refused() { return std::exchange(refused_, 0); }

 private:
  Device& device_;
  std::int64_t refused_ = 0;
};

// What to say of a std::bad_alloc: which memory could not be had, for `what`, and how much of it.
// `hint` is for the card's.
[[nodiscard]] Error no_memory(DeviceBlocks& blocks, HostBlocks& host, const std::string& what,
                              const std::string& hint);

// `count` values of T from a source, given back when it ends. Unlike a Buffer of a pool it keeps
// its place: captured work may refer to it.
template <class T>
class Array {
 public:
  Array() = default;
  // Throws std::bad_alloc.
  Array(BlockSource& source, std::int64_t count)
      : source_(&source),
        data_(static_cast<T*>(source.allocate(static_cast<std::size_t>(count) * sizeof(T)))),
        count_(count) {
    if (data_ == nullptr) {
      throw std::bad_alloc();
    }
  }
  ~Array() { release(); }
  Array(Array&& other) noexcept { swap(other); }
  Array& operator=(Array&& other) noexcept {
    release();
    swap(other);
    return *this;
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  void release() {
    if (data_ != nullptr) {
      source_->release(static_cast<void*>(data_));
      data_ = nullptr;
      count_ = 0;
    }
  }
  [[nodiscard]] T* data() const { return data_; }
  [[nodiscard]] std::int64_t size() const { return count_; }
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(count_) * sizeof(T); }
  [[nodiscard]] T& operator[](std::int64_t i) const { return data_[i]; }

 private:
  void swap(Array& other) noexcept {
    std::swap(source_, other.source_);
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
  }

  BlockSource* source_ = nullptr;
  T* data_ = nullptr;
  std::int64_t count_ = 0;
};

// Arrays that kernels of a pass read: written to page-locked memory, copied together in stream
// order (every copy costs some microseconds, however small), and forgotten when the pass is done.
class Uploads {
 public:
  Uploads(Device& device, DeviceBlocks& blocks, HostBlocks& host)
      : device_(device), blocks_(blocks), host_(host) {}

  // Where the device's copy will be: for work that is enqueued between the next flush() and
  // reset(). Throws std::bad_alloc.
  template <class T>
  [[nodiscard]] const T* send(std::span<const T> values) {
    return static_cast<const T*>(
        send_bytes(static_cast<const void*>(values.data()), values.size_bytes()));
  }
  // Enqueues the copy of what was sent since the last time.
  void flush();
  // Everything enqueued must be done.
  void reset();

 private:
  struct Chunk {
    Array<std::byte> host;
    Array<std::byte> device;
    std::size_t used = 0;
    std::size_t flushed = 0;
  };
  const void* send_bytes(const void* values, std::size_t bytes);

  Device& device_;
  DeviceBlocks& blocks_;
  HostBlocks& host_;
  std::vector<Chunk> chunks_;
};

}  // namespace kvfoot::cuda
