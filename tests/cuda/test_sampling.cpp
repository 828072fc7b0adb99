// Tokens picked on the device are those of executor/model/sampling.cpp.
#include <cmath>
#include <limits>

#include "executor/cuda/kernels/sampling.hpp"
#include "executor/model/sampling.hpp"
#include "sim/core/hash.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

class SamplingTest : public DeviceTest {
 protected:
  std::int32_t argmax(const std::vector<float>& logits) {
    const auto vocab = static_cast<std::int64_t>(logits.size());
    const DeviceArray<float> on_device(device(), logits);
    const DeviceArray<std::int32_t> token(device(), 1);
    const DeviceBytes scratch(device(), argmax_scratch_bytes(vocab));
    ArgmaxArgs args;
    args.logits = on_device.data();
    args.vocab = vocab;
    args.token = token.data();
    args.scratch = scratch.data();
    launch_argmax(args, stream());
    (void)scratch.read();
    return token.read()[0];
  }

  std::int32_t sample(const std::vector<float>& logits, const SamplingOptions& options,
                      std::uint64_t index) {
    const auto vocab = static_cast<std::int64_t>(logits.size());
    const DeviceArray<float> on_device(device(), logits);
    const DeviceArray<std::int32_t> token(device(), 1);
    const DeviceBytes scratch(device(), sample_scratch_bytes(vocab));
    SampleArgs args;
    args.logits = on_device.data();
    args.vocab = vocab;
    args.temperature = options.temperature;
    args.top_k = options.top_k;
    args.top_p = options.top_p;
    args.uniform = unit_interval(hash_words(options.seed, index));
    args.token = token.data();
    args.scratch = scratch.data();
    launch_sample(args, stream());
    (void)scratch.read();
    EXPECT_EQ(on_device.read().size(), logits.size());
    return token.read()[0];
  }

  void expect_same(const std::vector<float>& logits, const SamplingOptions& options, int draws,
                   const std::string& what) {
    for (int i = 0; i < draws; ++i) {
      const auto index = static_cast<std::uint64_t>(i);
      ASSERT_EQ(sample(logits, options, index), sample_token(logits, options, index))
          << what << ": vocab " << logits.size() << " temperature " << options.temperature
          << " top-k " << options.top_k << " top-p " << options.top_p << " draw " << i;
    }
  }

  Random random_;
};

constexpr std::size_t kVocabs[] = {1,   2,   31,  32,   33,   127,  128,  129,  255, 256,
                                   257, 511, 513, 1023, 1024, 1025, 2049, 3000, 4097};

TEST_F(SamplingTest, ArgmaxOfRandomLogits) {
  for (const std::size_t vocab : kVocabs) {
    for (int i = 0; i < 3; ++i) {
      std::vector<float> logits = random_.floats(vocab, -5, i == 0 ? -1.0F : 5.0F);
      EXPECT_EQ(argmax(logits), argmax_token(logits)) << vocab;
      // The largest twice, and once more as the very last.
      const float top = logits[static_cast<std::size_t>(argmax_token(logits))];
      logits[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(vocab)))] = top;
      logits[vocab - 1] = top;
      EXPECT_EQ(argmax(logits), argmax_token(logits)) << vocab;
    }
  }
}

TEST_F(SamplingTest, ArgmaxOfSpecialValues) {
  const std::vector<std::vector<float>> cases{
      {kNaN},
      {kNaN, kNaN, kNaN},
      {kNaN, -kInfinity},
      {-kInfinity, kNaN, -kInfinity},
      {kInfinity, kNaN, kInfinity},
      {1, kInfinity, kNaN, kInfinity},
      {-0.0F, 0.0F},
      {0.0F, -0.0F},
      {-1, -0.0F, 0.0F, -2},
      {-1e-45F, -0.0F, 1e-45F, kNaN},
      {kNaN, -3.4e38F, -kInfinity},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(argmax(cases[i]), argmax_token(cases[i])) << "case " << i;
    expect_same(cases[i], {.temperature = 1, .seed = 4}, 2, "case " + std::to_string(i));
  }
}

TEST_F(SamplingTest, EveryVocabulary) {
  for (const std::size_t vocab : kVocabs) {
    const std::vector<float> logits = random_.floats(vocab, -6, 6);
    expect_same(logits, {.temperature = 1.0, .seed = random_.word()}, 2, "all");
    expect_same(logits, {.temperature = 0.7, .top_p = 0.9, .seed = random_.word()}, 2, "top-p");
    expect_same(logits, {.temperature = 2.0, .top_k = 40, .seed = random_.word()}, 2, "top-k");
  }
}

TEST_F(SamplingTest, Limits) {
  const std::vector<float> logits = random_.floats(1300, -3, 3);
  for (const std::int32_t top_k : {0, 1, 2, 1023, 1024, 1025, 1299, 1300, 5000}) {
    for (const double top_p : {1e-9, 0.5, 0.999999, 1.0}) {
      expect_same(logits,
                  {.temperature = 1.3, .top_k = top_k, .top_p = top_p, .seed = random_.word()}, 2,
                  "limits");
    }
  }
  expect_same(logits, {.temperature = 1e-3, .seed = 1}, 2, "cold");
  expect_same(logits, {.temperature = 1e3, .seed = 1}, 4, "hot");
}

// Equal logits rank by their ids, so any border of top-k and top-p cuts at the same token.
TEST_F(SamplingTest, Ties) {
  std::vector<float> logits(1500);
  for (float& logit : logits) {
    logit = static_cast<float>(random_.below(4)) - 1;  // -1, 0, 1, 2
    if (logit == 0 && random_.below(2) == 0) {
      logit = -0.0F;
    }
  }
  for (const std::int32_t top_k : {0, 5, 700}) {
    expect_same(logits, {.temperature = 1, .top_k = top_k, .top_p = 0.8, .seed = random_.word()}, 8,
                "ties");
  }
}

TEST_F(SamplingTest, NaNAndInfinities) {
  std::vector<float> logits = random_.floats(1100, -3, 3);
  for (std::size_t i = 0; i < logits.size(); i += 3) {
    logits[i] = i % 2 == 0 ? kNaN : -kInfinity;
  }
  for (const std::int32_t top_k : {0, 10, 800, 1100}) {
    expect_same(logits, {.temperature = 1, .top_k = top_k, .top_p = 0.95, .seed = random_.word()},
                4, "NaN");
  }
  logits[500] = kInfinity;
  expect_same(logits, {.temperature = 1, .seed = 3}, 2, "infinity");
}

// Uniform numbers over the whole interval, both ends included.
TEST_F(SamplingTest, WholeRange) {
  const std::vector<float> logits = random_.floats(300, -2, 2);
  expect_same(logits, {.temperature = 1, .top_p = 0.97, .seed = random_.word()}, 40, "range");
}

TEST_F(SamplingTest, LargeVocabulary) {
  if (device().info().emulated) {
    GTEST_SKIP() << "for a real device";
  }
  for (const std::size_t vocab : {std::size_t{128256}, std::size_t{262144}}) {
    const std::vector<float> logits = random_.floats(vocab, -10, 10);
    EXPECT_EQ(argmax(logits), argmax_token(logits));
    expect_same(logits, {.temperature = 1, .seed = random_.word()}, 20, "all");
    expect_same(logits, {.temperature = 0.8, .top_k = 50, .top_p = 0.9, .seed = 2}, 20, "both");
  }
}

}  // namespace
}  // namespace kvfoot::cuda
