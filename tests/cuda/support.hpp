// What tests of kernels share: the device under test, arrays with guard zones on it, random numbers
// and rounding. Tests use only Device, launch functions and host memory, so that the same sources
// run on the emulated device and on a real one.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "executor/cuda/runtime/device.hpp"
#include "executor/model/weight_type.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot::cuda {

// Defined by the program (emulated_test_device.cpp and the like); null where there is no device.
std::unique_ptr<Device> test_device();

class DeviceTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  Device& device() { return *device_; }
  Stream stream() { return device_->compute_stream(); }
  // Waits for the work; false, and the test fails, when it failed.
  bool run() const;

 private:
  std::unique_ptr<Device> device_;
};

// Bytes in device memory, poisoned with 0xff (NaN in every float type, -1 in integers), followed by
// a guard zone. Under the address sanitizer there is none: the sanitizer watches the ends then.
class DeviceBytes {
 public:
  // `shift` bytes after an aligned address.
  DeviceBytes(Device& device, std::size_t bytes, std::size_t shift = 0);
  DeviceBytes(Device& device, std::span<const std::byte> contents, std::size_t shift = 0);
  DeviceBytes(const DeviceBytes&) = delete;
  DeviceBytes& operator=(const DeviceBytes&) = delete;
  ~DeviceBytes();

  [[nodiscard]] std::byte* data() const { return memory_ + shift_; }
  [[nodiscard]] std::size_t size() const { return bytes_; }
  void write(std::span<const std::byte> contents);
  // Waits; fails the test when the guard zone was written or the work before failed.
  [[nodiscard]] std::vector<std::byte> read() const;

 private:
  Device& device_;
  std::size_t bytes_;
  std::size_t shift_;
  std::byte* memory_;
};

template <class T>
class DeviceArray {
 public:
  DeviceArray(Device& device, std::size_t count) : bytes_(device, count * sizeof(T)) {}
  DeviceArray(Device& device, const std::vector<T>& contents)
      : bytes_(device, std::as_bytes(std::span(contents))) {}

  [[nodiscard]] T* data() const { return reinterpret_cast<T*>(bytes_.data()); }
  void write(const std::vector<T>& contents) { bytes_.write(std::as_bytes(std::span(contents))); }
  [[nodiscard]] std::vector<T> read() const {
    const std::vector<std::byte> raw = bytes_.read();
    std::vector<T> contents(raw.size() / sizeof(T));
    if (!raw.empty()) {
      std::memcpy(contents.data(), raw.data(), raw.size());
    }
    return contents;
  }

 private:
  DeviceBytes bytes_;
};

// Floats stored as scalars of a type, and back.
[[nodiscard]] std::vector<std::byte> encode(DType type, std::span<const float> values);
[[nodiscard]] std::vector<float> decode(DType type, std::span<const std::byte> stored);
[[nodiscard]] float rounded(DType type, float value);
// Half a unit in the last place, relative: what rounding to the type may cost.
[[nodiscard]] double epsilon_of(DType type);
// Fails unless `got` is `want` within `absolute` and one rounding to `type`.
void expect_near(double got, double want, DType type, double absolute, const std::string& where);

constexpr DType kTypes[] = {DType::kF32, DType::kF16, DType::kBF16};

// Random numbers; every generator of a run begins elsewhere. KVFOOT_TEST_SEED in the environment
// moves all of them.
class Random {
 public:
  Random();
  [[nodiscard]] std::uint64_t word();
  [[nodiscard]] float uniform(float low, float high);
  [[nodiscard]] std::int64_t below(std::int64_t bound);
  [[nodiscard]] std::vector<float> floats(std::size_t count, float low = -1, float high = 1);
  // The same, rounded to the type.
  [[nodiscard]] std::vector<float> scalars(DType type, std::size_t count, float low = -1,
                                           float high = 1);

 private:
  std::uint64_t seed_;
  std::uint64_t drawn_ = 0;
};

}  // namespace kvfoot::cuda
