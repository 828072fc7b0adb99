// Buffers on an emulated card, for tests of kernels.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "executor/cuda/emulator/emulated_device.hpp"

namespace kvfoot::cuda::testing {

// `count` scalars in device memory, not written yet.
template <class T>
class Buffer {
 public:
  Buffer(Device& device, std::size_t count)
      : device_(&device),
        data_(static_cast<T*>(device.allocate(count * sizeof(T)))),
        count_(count) {
    EXPECT_NE(data_, nullptr);
  }
  Buffer(Device& device, const std::vector<T>& values) : Buffer(device, values.size()) {
    device.copy_in(data_, values.data(), values.size() * sizeof(T), device.compute_stream());
    EXPECT_TRUE(device.synchronize(device.compute_stream()).ok());
  }
  ~Buffer() { device_->release(data_); }
  Buffer(Buffer&& other) noexcept
      : device_(other.device_), data_(std::exchange(other.data_, nullptr)), count_(other.count_) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer& operator=(Buffer&&) = delete;

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] std::size_t size() const { return count_; }
  // Waits for the compute stream.
  [[nodiscard]] std::vector<T> read() const {
    std::vector<T> values(count_);
    device_->copy_out(values.data(), data_, count_ * sizeof(T), device_->compute_stream());
    const Status status = device_->synchronize(device_->compute_stream());
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message());
    return values;
  }

 private:
  Device* device_;
  T* data_;
  std::size_t count_;
};

}  // namespace kvfoot::cuda::testing
