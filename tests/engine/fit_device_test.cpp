// Fitting a device to measured passes: what is known comes back, what cannot be known is said.
#include "sim/engine/fit_device.hpp"

#include <gtest/gtest.h>

#include "sim/core/hash.hpp"
#include "sim/graph/pass_graph.hpp"
#include "tests/engine/clock_fixture.hpp"

namespace kvfoot {
namespace {

DeviceModel start() {
  DeviceModel device = toy::plain_device();
  device.memory_bandwidth = 90e9;
  device.memory_achieved = 0.7;
  device.matmul_f32 = device.matmul_f16 = device.matmul_bf16 = 800e9;
  device.matmul_achieved = 0.6;
  device.attention_achieved = 0.4;
  device.launch_ns = 5000;
  for (const char* name : {"memory_bandwidth", "memory_achieved", "matmul_f32", "matmul_f16",
                           "matmul_bf16", "matmul_achieved", "attention_achieved", "launch"}) {
    device.sources.emplace_back(name, "assumed");
  }
  return device;
}

DeviceModel truth() {
  DeviceModel device = start();
  device.memory_bandwidth = 20e9;
  device.memory_achieved = 1;
  device.matmul_f32 = device.matmul_f16 = device.matmul_bf16 = 150e9;
  device.matmul_achieved = 1;
  device.attention_achieved = 0.25;
  device.launch_ns = 3000;
  return device;
}

// One pass of `rows` after `past` entries per head of a small model, on a CPU.
MeasuredPass pass_of(std::int64_t rows, std::int64_t past) {
  PassModel model;
  model.shape = {.name = "small",
                 .layers = 4,
                 .q_heads = 8,
                 .kv_heads = 4,
                 .head_dim = 32,
                 .hidden = 256,
                 .ffn = 768,
                 .vocab = 1000,
                 .tied_embeddings = true};
  model.storage_heads = 4;
  model.cpu = CpuExecution{};
  std::vector<LayerLoad> layers(4);
  for (LayerLoad& layer : layers) {
    layer.before = 4 * past;
    layer.after = 4 * (past + rows);
    layer.longest = past + rows;
  }
  PassLoad load;
  load.pass.end = rows;
  load.samples = rows == 1;
  load.pass.phase = rows == 1 ? Phase::kDecode : Phase::kPrefill;
  load.layers = layers;
  MeasuredPass pass;
  for (const Operator& op : build_pass_graph(model, load).operators) {
    if (op.rate != RateClass::kCopy) {
      pass.work.push_back({op.rate, op.work, 1});
    }
  }
  return pass;
}

// `noise`: each time is off by up to this share.
std::vector<MeasuredPass> measured(const DeviceModel& device, double noise = 0) {
  std::vector<MeasuredPass> passes;
  for (const std::int64_t rows : {1, 16, 64, 256, 1024}) {
    for (const std::int64_t past : {0, 100, 1000, 4000}) {
      passes.push_back(pass_of(rows, past));
      const auto seed = static_cast<std::uint64_t>(rows * 10000 + past);
      passes.back().seconds = predicted_seconds(device, DType::kBF16, passes.back()) *
                              (1 + noise * (2 * unit_interval(hash_words(seed)) - 1));
    }
  }
  return passes;
}

void expect_near(const DeviceModel& device, const DeviceModel& known, double tolerance) {
  const auto near = [&](double got, double expected, const char* what) {
    EXPECT_NEAR(got / expected, 1, tolerance) << what;
  };
  near(device.memory_bandwidth * device.memory_achieved,
       known.memory_bandwidth * known.memory_achieved, "bandwidth");
  near(device.matmul_bf16 * device.matmul_achieved, known.matmul_bf16 * known.matmul_achieved,
       "products");
  near(device.matmul_bf16 * device.attention_achieved, known.matmul_bf16 * known.attention_achieved,
       "attention");
  near(static_cast<double>(device.launch_ns), static_cast<double>(known.launch_ns), "launch");
}

TEST(FitDevice, RecoversWhatTheTimesWereMadeFrom) {
  const auto passes = measured(truth());
  const auto fit = fit_device(passes, start(), DType::kBF16, "measured");
  ASSERT_TRUE(fit.ok()) << fit.error().message();
  expect_near(fit->device, truth(), 0.005);
  EXPECT_EQ(fit->determined, (std::array<bool, 4>{true, true, true, true}));
  EXPECT_EQ(fit->felt, fit->determined);
  for (const auto& [name, source] : fit->device.sources) {
    EXPECT_EQ(source, "measured") << name;
  }
  const TimeError error = time_error(fit->device, DType::kBF16, passes);
  EXPECT_EQ(error.passes, 20);
  EXPECT_LT(error.p95, 0.002);
  EXPECT_GT(time_error(start(), DType::kBF16, passes).median, 0.5);
}

TEST(FitDevice, OnACpuTrafficAndArithmeticAddUp) {
  DeviceModel known = truth();
  known.cpu = CpuExecution{};
  DeviceModel from = start();
  from.cpu = CpuExecution{};
  const auto passes = measured(known);
  const auto fit = fit_device(passes, from, DType::kBF16, "measured");
  ASSERT_TRUE(fit.ok());
  expect_near(fit->device, known, 0.005);
  EXPECT_LT(time_error(fit->device, DType::kBF16, passes).p95, 0.002);
  const MeasuredPass decode = pass_of(1, 1000);
  EXPECT_GT(predicted_seconds(known, DType::kBF16, decode),
            predicted_seconds(truth(), DType::kBF16, decode));
}

TEST(FitDevice, NoiseMovesTheNumbersAsLittleAsItShould) {
  const auto passes = measured(truth(), 0.05);
  const auto fit = fit_device(passes, start(), DType::kBF16, "measured");
  ASSERT_TRUE(fit.ok());
  expect_near(fit->device, truth(), 0.2);
  EXPECT_LT(time_error(fit->device, DType::kBF16, passes).p95, 0.06);
}

TEST(FitDevice, AttentionMayBeFasterThanProducts) {
  DeviceModel known = truth();
  known.matmul_achieved = 0.2;
  known.attention_achieved = 0.6;
  const auto fit = fit_device(measured(known), start(), DType::kBF16, "measured");
  ASSERT_TRUE(fit.ok());
  expect_near(fit->device, known, 0.005);
  EXPECT_LE(fit->device.matmul_achieved, 1);
  EXPECT_EQ(fit->device.attention_achieved, 1);
}

TEST(FitDevice, OneSizeTellsOneNumber) {
  std::vector<MeasuredPass> passes(6, pass_of(256, 100));
  for (MeasuredPass& pass : passes) {
    pass.seconds = 0.02;
  }
  const auto fit = fit_device(passes, start(), DType::kBF16, "measured");
  ASSERT_TRUE(fit.ok());
  EXPECT_EQ(std::ranges::count(fit->determined, true), 1);
  EXPECT_FALSE(fit->determined[static_cast<std::size_t>(DeviceNumber::kLaunch)]);
  EXPECT_EQ(fit->device.launch_ns, start().launch_ns);
  EXPECT_EQ(fit->device.sources.back().second,
            "not determined by the measured passes, kept: assumed");
  EXPECT_LT(time_error(fit->device, DType::kBF16, passes).p95, 0.001) << "the one is enough";
}

TEST(FitDevice, DecodingAloneSaysNothingAboutProducts) {
  std::vector<MeasuredPass> passes;
  DeviceModel known = truth();
  known.matmul_f32 = known.matmul_f16 = known.matmul_bf16 = 10e12;
  for (std::int64_t past = 0; past < 8000; past += 500) {
    passes.push_back(pass_of(1, past));
    passes.back().seconds = predicted_seconds(known, DType::kBF16, passes.back());
  }
  const auto fit = fit_device(passes, start(), DType::kBF16, "measured");
  ASSERT_TRUE(fit.ok());
  EXPECT_TRUE(fit->determined[static_cast<std::size_t>(DeviceNumber::kMemory)]);
  EXPECT_TRUE(fit->determined[static_cast<std::size_t>(DeviceNumber::kLaunch)]);
  EXPECT_FALSE(fit->determined[static_cast<std::size_t>(DeviceNumber::kMatmul)]);
  EXPECT_EQ(fit->device.matmul_bf16, start().matmul_bf16);
  EXPECT_NEAR(fit->device.memory_bandwidth, 20e9, 2e8);
}

TEST(FitDevice, ALaunchThatCostsNothingIsNotKeptAtItsDefault) {
  DeviceModel known = truth();
  known.launch_ns = 0;
  const auto fit = fit_device(measured(known), start(), DType::kBF16, "measured");
  ASSERT_TRUE(fit.ok());
  EXPECT_TRUE(fit->determined[static_cast<std::size_t>(DeviceNumber::kLaunch)]);
  EXPECT_LT(fit->device.launch_ns, start().launch_ns / 20);
}

TEST(FitDevice, NothingMeasuredIsAnError) {
  EXPECT_FALSE(fit_device({}, start(), DType::kBF16, "").ok());
  std::vector<MeasuredPass> passes{pass_of(4, 4)};
  EXPECT_FALSE(fit_device(passes, start(), DType::kBF16, "").ok()) << "no time";
  passes.front().seconds = 1;
  EXPECT_TRUE(fit_device(passes, start(), DType::kBF16, "").ok());
  passes.front().work.clear();
  EXPECT_FALSE(fit_device(passes, start(), DType::kBF16, "").ok());
}

TEST(FitDevice, ErrorsAreQuantilesOfTheRelativeError) {
  std::vector<MeasuredPass> passes;
  for (int i = 1; i <= 20; ++i) {
    passes.push_back(pass_of(16, 10));
    // Predicted is (1 - i/100) of what was measured.
    passes.back().seconds =
        predicted_seconds(truth(), DType::kBF16, passes.back()) / (1 - i / 100.0);
  }
  const TimeError error = time_error(truth(), DType::kBF16, passes);
  EXPECT_NEAR(error.median, 0.10, 1e-9);
  EXPECT_NEAR(error.p95, 0.19, 1e-9);
  EXPECT_EQ(time_error(truth(), DType::kBF16, {}).passes, 0);
}

}  // namespace
}  // namespace kvfoot
