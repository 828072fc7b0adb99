// Device arrays with guard zones, and random numbers.
#include "tests/cuda/support.hpp"

#include <cmath>
#include <cstdlib>

#include "sim/core/hash.hpp"

namespace kvfoot::cuda {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kGuardBytes = 0;
#else
constexpr std::size_t kGuardBytes = 256;
#endif
constexpr int kPoison = 0xff;

std::uint64_t next_seed() {
  static const char* const kShift = std::getenv("KVFOOT_TEST_SEED");
  static std::uint64_t generators = 0;
  const std::uint64_t shift = kShift == nullptr ? 0 : std::strtoull(kShift, nullptr, 10);
  return hash_words(shift, generators++);
}

}  // namespace

void DeviceTest::SetUp() {
  device_ = test_device();
  if (device_ == nullptr) {
    GTEST_SKIP() << "no CUDA device";
  }
}

void DeviceTest::TearDown() { device_.reset(); }

bool DeviceTest::run() const {
  const Status done = device_->synchronize(device_->compute_stream());
  EXPECT_TRUE(done) << (done.ok() ? "" : done.error().message());
  return static_cast<bool>(done);
}

DeviceBytes::DeviceBytes(Device& device, std::size_t bytes, std::size_t shift)
    : device_(device),
      bytes_(bytes),
      shift_(shift),
      memory_(static_cast<std::byte*>(device.allocate(shift + bytes + kGuardBytes))) {
  if (memory_ == nullptr) {
    ADD_FAILURE() << "no device memory for " << bytes << " bytes";
    std::abort();
  }
  if (shift + bytes + kGuardBytes > 0) {
    device.fill(memory_, kPoison, shift + bytes + kGuardBytes, device.compute_stream());
  }
}

DeviceBytes::DeviceBytes(Device& device, std::span<const std::byte> contents, std::size_t shift)
    : DeviceBytes(device, contents.size(), shift) {
  write(contents);
}

DeviceBytes::~DeviceBytes() { device_.release(memory_); }

void DeviceBytes::write(std::span<const std::byte> contents) {
  ASSERT_EQ(contents.size(), bytes_);
  if (bytes_ > 0) {
    device_.copy_in(data(), contents.data(), bytes_, device_.compute_stream());
  }
  const Status done = device_.synchronize(device_.compute_stream());
  EXPECT_TRUE(done) << (done.ok() ? "" : done.error().message());
}

std::vector<std::byte> DeviceBytes::read() const {
  std::vector<std::byte> all(shift_ + bytes_ + kGuardBytes);
  if (!all.empty()) {
    device_.copy_out(all.data(), memory_, all.size(), device_.compute_stream());
  }
  const Status done = device_.synchronize(device_.compute_stream());
  EXPECT_TRUE(done) << (done.ok() ? "" : done.error().message());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if ((i < shift_ || i >= shift_ + bytes_) && all[i] != static_cast<std::byte>(kPoison)) {
      ADD_FAILURE() << "byte " << static_cast<std::int64_t>(i) - static_cast<std::int64_t>(shift_)
                    << " of an array of " << bytes_ << " was written";
      break;
    }
  }
  return {all.begin() + static_cast<std::ptrdiff_t>(shift_),
          all.begin() + static_cast<std::ptrdiff_t>(shift_ + bytes_)};
}

std::vector<std::byte> encode(DType type, std::span<const float> values) {
  std::vector<std::byte> stored(values.size() * weight_bytes(type));
  for (std::size_t i = 0; i < values.size(); ++i) {
    store_weight(stored.data(), type, i, values[i]);
  }
  return stored;
}

std::vector<float> decode(DType type, std::span<const std::byte> stored) {
  std::vector<float> values(stored.size() / weight_bytes(type));
  load_weights(stored.data(), type, 0, values);
  return values;
}

float rounded(DType type, float value) {
  std::byte stored[4];
  store_weight(stored, type, 0, value);
  return load_weight(stored, type, 0);
}

double epsilon_of(DType type) {
  switch (type) {
    case DType::kF32:
      return 0x1p-24;
    case DType::kF16:
      return 0x1p-11;
    case DType::kBF16:
      break;
  }
  return 0x1p-8;
}

void expect_near(double got, double want, DType type, double absolute, const std::string& where) {
  // Below the normal numbers of fp16 the spacing stays 2^-24.
  const double spacing = type == DType::kF16 ? 0x1p-25 : 0;
  const double allowed = absolute + epsilon_of(type) * std::abs(want) * (1 + 0x1p-8) + spacing;
  EXPECT_TRUE(std::abs(got - want) <= allowed)
      << where << ": " << got << " for " << want << ", " << std::abs(got - want) << " off, "
      << allowed << " allowed";
}

Random::Random() : seed_(next_seed()) {}

std::uint64_t Random::word() { return hash_words(seed_, drawn_++); }

float Random::uniform(float low, float high) {
  return low + (high - low) * static_cast<float>(unit_interval(word()));
}

std::int64_t Random::below(std::int64_t bound) {
  return static_cast<std::int64_t>(kvfoot::below(word(), static_cast<std::uint64_t>(bound)));
}

std::vector<float> Random::floats(std::size_t count, float low, float high) {
  std::vector<float> values(count);
  for (float& value : values) {
    value = uniform(low, high);
  }
  return values;
}

std::vector<float> Random::scalars(DType type, std::size_t count, float low, float high) {
  std::vector<float> values = floats(count, low, high);
  for (float& value : values) {
    value = rounded(type, value);
  }
  return values;
}

}  // namespace kvfoot::cuda
