// What the emulated card promises of memory, streams, events and graphs is held by both.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "executor/cuda/kernels/rows.hpp"
#include "executor/cuda/runtime/device.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

class DeviceContract : public DeviceTest {};

TEST_F(DeviceContract, MoreThanThereIsGivesNullAndNoError) {
  EXPECT_EQ(device().allocate(static_cast<std::size_t>(device().info().memory_bytes) * 2), nullptr);
  void* nothing = device().allocate(0);
  EXPECT_NE(nothing, nullptr);
  device().release(nothing);
  EXPECT_TRUE(run());
}

TEST_F(DeviceContract, MemoryIsAligned) {
  std::vector<void*> taken;
  for (const std::size_t bytes : {1U, 100U, 4097U}) {
    taken.push_back(device().allocate(bytes));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(taken.back()) % 256, 0U);
  }
  for (void* memory : taken) {
    device().release(memory);
  }
}

TEST_F(DeviceContract, StreamsMeetAtEvents) {
  constexpr std::size_t kCount = 1 << 20;
  auto* host = static_cast<std::int32_t*>(device().allocate_host(kCount * sizeof(std::int32_t)));
  ASSERT_NE(host, nullptr);
  std::iota(host, host + kCount, 0);
  DeviceArray<std::int32_t> on_device(device(), kCount);
  ASSERT_TRUE(run());  // it was filled on the compute stream
  const Event arrived = device().make_event();
  device().copy_in(on_device.data(), host, kCount * sizeof(std::int32_t), device().copy_stream());
  device().record(arrived, device().copy_stream());
  device().wait(arrived, stream());
  const std::vector<std::int32_t> read = on_device.read();  // on the compute stream
  EXPECT_EQ(read, std::vector<std::int32_t>(host, host + kCount));
  EXPECT_TRUE(device().synchronize(arrived));
  device().destroy(arrived);
  device().release_host(host);
}

TEST_F(DeviceContract, EventsMeasureTime) {
  DeviceBytes bytes(device(), 64 << 20);
  const Event begin = device().make_event();
  const Event end = device().make_event();
  device().record(begin, stream());
  device().fill(bytes.data(), 0xff, bytes.size(), stream());
  device().record(end, stream());
  ASSERT_TRUE(device().synchronize(end));
  const auto ns = device().elapsed_ns(begin, end);
  ASSERT_TRUE(ns.ok());
  EXPECT_GE(*ns, 0);
  EXPECT_LT(*ns, 10'000'000'000);
  device().destroy(begin);
  device().destroy(end);
}

// swiglu of (0, up) is 0: what it overwrites shows how often the graph ran.
TEST_F(DeviceContract, GraphsRunAsOftenAsTheyAreLaunched) {
  DeviceArray<float> in(device(), std::vector<float>{0, 0, 5, 7});  // one row: gate, up
  DeviceArray<float> out(device(), 2);
  ASSERT_TRUE(device().begin_capture(stream()));
  launch_swiglu({.gate_up = in.data(), .type = DType::kF32, .rows = 1, .ffn = 2, .out = out.data()},
                stream());
  device().copy(in.data(), out.data(), 2 * sizeof(float), stream());
  const auto graph = device().end_capture(stream());
  ASSERT_TRUE(graph.ok()) << (graph.ok() ? "" : graph.error().message());
  EXPECT_TRUE(std::isnan(out.read()[0])) << "captured work ran";
  device().launch(*graph, stream());
  EXPECT_EQ(out.read(), (std::vector<float>{0, 0}));
  in.write({1, 2, 3, 4});
  device().launch(*graph, stream());
  const std::vector<float> again = out.read();
  EXPECT_FLOAT_EQ(again[0], 3 / (1 + std::exp(-1.0F)));
  EXPECT_FLOAT_EQ(in.read()[1], 2 / (1 + std::exp(-2.0F)) * 4);
  device().destroy(*graph);
}

// Products in graphs, as decode passes have them.
TEST_F(DeviceContract, GraphsHoldProducts) {
  DeviceArray<float> x(device(), std::vector<float>{1, 2, 3, 4});
  DeviceArray<float> w(device(),
                       std::vector<float>{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
  DeviceArray<float> y(device(), std::vector<float>{10, 10, 10, 10});
  const Gemm product{
      .x = x.data(), .w = w.data(), .y = y.data(), .m = 1, .n = 4, .k = 4, .accumulate = true};
  ASSERT_TRUE(device().begin_capture(stream()));
  device().gemm(product, stream());
  const auto graph = device().end_capture(stream());
  ASSERT_TRUE(graph.ok()) << (graph.ok() ? "" : graph.error().message());
  device().launch(*graph, stream());
  device().launch(*graph, stream());
  EXPECT_EQ(y.read(), (std::vector<float>{12, 14, 16, 18}));
  device().destroy(*graph);
}

}  // namespace
}  // namespace kvfoot::cuda
