// What only a real card can show.
#include <gtest/gtest.h>

#include <string>

#include "executor/cuda/runtime/device.hpp"
#include "tests/cuda/gpu/refused_launch.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

class GpuCard : public DeviceTest {};

TEST_F(GpuCard, SaysWhatItIs) {
  const DeviceInfo& info = device().info();
  EXPECT_FALSE(info.emulated);
  EXPECT_GE(info.compute_major, 8);
  EXPECT_GT(info.multiprocessors, 0);
  EXPECT_GT(info.memory_bytes, 0);
  EXPECT_GE(info.shared_bytes_per_block, 99 * 1024);
  EXPECT_GT(device().memory().free_bytes, 0);
  EXPECT_LE(device().memory().free_bytes, device().memory().total_bytes);
}

// A launch that the card refuses is said by the next call that waits, with the kernel's name, and
// stays.
TEST_F(GpuCard, ARefusedLaunchIsSaidAndStays) {
  launch_too_many_threads(stream());
  const Status status = device().synchronize(stream());
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message().find("kernel too_many_threads: "), std::string::npos)
      << status.error().message();
  EXPECT_FALSE(device().synchronize(stream()).ok());
}

}  // namespace
}  // namespace kvfoot::cuda
