// The emulated card: memory, lazy streams, events, graphs, products, faults.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "executor/cuda/emulator/emulated_device.hpp"
#include "executor/cuda/primitives/kernel.hpp"
#include "executor/model/weight_type.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

struct AddArgs {
  float* x;
  float value;
};
__global__ void add_kernel(AddArgs args) { args.x[threadIdx.x] += args.value; }

void launch_add(float* x, float value, std::uint32_t count, Stream stream) {
  KVFOOT_LAUNCH(add_kernel, Extent{}, Extent{count}, 0, stream, AddArgs{x, value});
}

TEST(EmulatedDevice, MemoryIsCountedAndPoisoned) {
  EmulatedOptions options;
  options.memory_bytes = 1000;
  const auto device = make_emulated_device(options);
  EXPECT_TRUE(device->info().emulated);
  void* a = device->allocate(600);
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a) % 256, 0U);
  EXPECT_EQ(device->memory().free_bytes, 400);
  EXPECT_EQ(device->allocate(401), nullptr);
  void* b = device->allocate(400);
  EXPECT_NE(b, nullptr);
  void* none = device->allocate(0);
  EXPECT_NE(none, nullptr);
  device->release(none);
  device->release(b);
  device->release(a);
  device->release(nullptr);
  EXPECT_EQ(device->memory().free_bytes, 1000);
  void* fresh = device->allocate(16);
  float host[4] = {};
  device->copy_out(host, fresh, 16, device->copy_stream());
  ASSERT_TRUE(device->synchronize(device->copy_stream()).ok());
  for (const float value : host) {
    EXPECT_TRUE(std::isnan(value));
  }
  device->release(fresh);
}

TEST(EmulatedDevice, StreamsRunOnlyWhenWaitedFor) {
  const auto device = make_emulated_device();
  DeviceArray<float> x(*device, 2);
  std::vector<float> host{1, 2};
  device->copy_in(x.data(), host.data(), 8, device->compute_stream());
  host = {3, 4};  // too early: the copy has not run
  EXPECT_EQ(x.read(), (std::vector<float>{3, 4}));
  // Work on one stream does not wait for the other without an event.
  launch_add(x.data(), 1, 2, device->compute_stream());
  device->copy_out(host.data(), x.data(), 8, device->copy_stream());
  ASSERT_TRUE(device->synchronize(device->copy_stream()).ok());
  EXPECT_EQ(host, (std::vector<float>{3, 4}));
  EXPECT_EQ(x.read(), (std::vector<float>{4, 5}));
}

TEST(EmulatedDevice, EventsOrderStreams) {
  const auto device = make_emulated_device();
  DeviceArray<float> x(*device, std::vector<float>{1});
  const Event event = device->make_event();
  const Event end = device->make_event();
  device->wait(event, device->copy_stream());  // never recorded: no wait
  launch_add(x.data(), 1, 1, device->compute_stream());
  device->record(event, device->compute_stream());
  launch_add(x.data(), 10, 1, device->compute_stream());
  device->wait(event, device->copy_stream());
  float host = 0;
  device->copy_out(&host, x.data(), 4, device->copy_stream());
  device->record(end, device->copy_stream());
  EXPECT_FALSE(device->elapsed_ns(event, end).ok());
  ASSERT_TRUE(device->synchronize(end).ok());
  EXPECT_EQ(host, 2);  // up to the event, not beyond
  const auto elapsed = device->elapsed_ns(event, end);
  ASSERT_TRUE(elapsed.ok());
  EXPECT_GE(elapsed.value(), 0);
  EXPECT_EQ(x.read(), std::vector<float>{12});
  device->destroy(event);
  device->destroy(end);
}

TEST(EmulatedDevice, SecondThreadMayWaitForCopies) {
  const auto device = make_emulated_device();
  DeviceArray<float> x(*device, std::vector<float>(64, 0.0F));
  const Event event = device->make_event();
  std::vector<float> host(64);
  launch_add(x.data(), 1, 64, device->compute_stream());
  device->record(event, device->compute_stream());
  device->wait(event, device->copy_stream());
  device->copy_out(host.data(), x.data(), 256, device->copy_stream());
  std::thread other([&] { EXPECT_TRUE(device->synchronize(device->copy_stream()).ok()); });
  for (int i = 0; i < 10; ++i) {
    launch_add(x.data(), 1, 64, device->compute_stream());
    EXPECT_TRUE(device->synchronize(device->compute_stream()).ok());
  }
  other.join();
  EXPECT_EQ(x.read(), std::vector<float>(64, 11.0F));
  EXPECT_GE(host[0], 1);
  device->destroy(event);
}

TEST(EmulatedDevice, GraphsReplayWhatWasCaptured) {
  const auto device = make_emulated_device();
  const Stream stream = device->compute_stream();
  DeviceArray<float> x(*device, std::vector<float>{0});
  auto* pinned = static_cast<float*>(device->allocate_host(4));
  ASSERT_TRUE(device->begin_capture(stream).ok());
  launch_add(x.data(), 2, 1, stream);
  device->copy_out(pinned, x.data(), 4, stream);
  const auto graph = device->end_capture(stream);
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(x.read(), std::vector<float>{0});  // captured, not run
  for (int i = 0; i < 3; ++i) {
    device->launch(graph.value(), stream);
  }
  device->destroy(graph.value());  // behind its last launch
  ASSERT_TRUE(device->synchronize(stream).ok());
  EXPECT_EQ(*pinned, 6);
  device->release_host(pinned);
}

template <class Convert>
void expect_gemm(DType type, Convert to_bits) {
  const auto device = make_emulated_device();
  constexpr std::int64_t kM = 3, kN = 7, kK = 37, kLdx = 40, kLdy = 9;
  std::vector<std::uint16_t> x(kM * kLdx, 0);
  std::vector<std::uint16_t> w(kN * kK);
  std::vector<float> y(kM * kLdy, 0.5F);
  const auto value = [](std::int64_t i) { return static_cast<float>(i * 7 % 13) - 6; };
  std::vector<float> expected = y;
  for (std::int64_t i = 0; i < kM * kLdx; ++i) {
    x[static_cast<std::size_t>(i)] = to_bits(value(i));
  }
  for (std::int64_t i = 0; i < kN * kK; ++i) {
    w[static_cast<std::size_t>(i)] = to_bits(value(i + 5));
  }
  for (std::int64_t row = 0; row < kM; ++row) {
    for (std::int64_t column = 0; column < kN; ++column) {
      for (std::int64_t k = 0; k < kK; ++k) {
        expected[static_cast<std::size_t>(row * kLdy + column)] +=
            value(row * kLdx + k) * value(column * kK + k + 5);
      }
    }
  }
  DeviceArray<std::uint16_t> x_device(*device, x);
  DeviceArray<std::uint16_t> w_device(*device, w);
  DeviceArray<float> y_device(*device, y);
  Gemm gemm{
      type, x_device.data(), kLdx, w_device.data(), y_device.data(), DType::kF32, kLdy, kM, kN, kK,
      true};
  device->gemm(gemm, device->compute_stream());
  EXPECT_EQ(y_device.read(), expected);
}

TEST(EmulatedDevice, GemmIsThePlainProduct) {
  expect_gemm(DType::kBF16, float_to_bf16);
  expect_gemm(DType::kF16, float_to_f16);
}

TEST(EmulatedDevice, RefusedLaunchIsToldByTheNextWait) {
  const auto device = make_emulated_device();
  const Stream stream = device->compute_stream();
  DeviceArray<float> x(*device, std::vector<float>(4, 0.0F));
  const AddArgs args{x.data(), 1};
  const std::vector<std::pair<Extent, Extent>> bad{
      {{1}, {1025}}, {{1}, {0}}, {{0}, {1}}, {{1, 65536}, {1}}, {{1, 1, 65536}, {1}}};
  for (const auto& [grid, block] : bad) {
    KVFOOT_LAUNCH(add_kernel, grid, block, 0, stream, args);
    const Status status = device->synchronize(stream);
    ASSERT_FALSE(status.ok());
    EXPECT_NE(status.error().message().find("add_kernel"), std::string::npos);
    EXPECT_TRUE(device->synchronize(stream).ok());  // told once
  }
  KVFOOT_LAUNCH(add_kernel, Extent{}, Extent{4}, 227 * 1024 + 1, stream, args);
  EXPECT_FALSE(device->synchronize(stream).ok());
  KVFOOT_LAUNCH(add_kernel, Extent{}, Extent{4}, 227 * 1024, stream, args);
  EXPECT_EQ(x.read(), std::vector<float>(4, 1.0F));
}

TEST(EmulatedDevice, InjectedFaultStays) {
  EmulatedOptions options;
  options.fail_after = 2;
  const auto device = make_emulated_device(options);
  const Stream stream = device->compute_stream();
  float host = 1;
  void* x = device->allocate(4);
  device->copy_in(x, &host, 4, stream);
  launch_add(static_cast<float*>(x), 1, 1, stream);
  EXPECT_TRUE(device->synchronize(stream).ok());
  device->copy_out(&host, x, 4, stream);
  EXPECT_FALSE(device->synchronize(stream).ok());
  EXPECT_FALSE(device->synchronize(stream).ok());
  EXPECT_FALSE(device->begin_capture(stream).ok());
  EXPECT_EQ(device->allocate(1), nullptr);
  EXPECT_EQ(host, 1);
  device->release(x);
}

TEST(EmulatedDeviceDeathTest, MistakesAbort) {
  EXPECT_DEATH(
      {
        const auto device = make_emulated_device();
        (void)device->allocate(8);
      },
      "device memory was not given back");
  EXPECT_DEATH(
      {
        const auto device = make_emulated_device();
        (void)device->make_event();
      },
      "an event was not given back");
  const auto device = make_emulated_device();
  void* x = device->allocate(8);
  float host[3] = {};
  EXPECT_DEATH(device->copy_in(x, host, 12, device->compute_stream()), "not inside one block");
  ASSERT_TRUE(device->begin_capture(device->compute_stream()).ok());
  EXPECT_DEATH(device->copy_in(x, host, 8, device->compute_stream()), "pageable");
  EXPECT_DEATH((void)device->allocate(1), "while capturing");
  EXPECT_DEATH((void)device->synchronize(device->compute_stream()), "being captured");
  const auto graph = device->end_capture(device->compute_stream());
  ASSERT_TRUE(graph.ok());
  device->destroy(graph.value());
  device->release(x);
}

}  // namespace
}  // namespace kvfoot::cuda
