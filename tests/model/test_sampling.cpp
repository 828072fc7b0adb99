// Greedy choice and seeded sampling.
#include "executor/model/sampling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace kvfoot {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<int> histogram(const std::vector<float>& logits, const SamplingOptions& options,
                           std::uint64_t draws) {
  std::vector<int> counts(logits.size());
  for (std::uint64_t i = 0; i < draws; ++i) {
    ++counts[static_cast<std::size_t>(sample_token(logits, options, i))];
  }
  return counts;
}

TEST(Sampling, GreedyTakesTheLowestIdOnTies) {
  EXPECT_EQ(argmax_token(std::vector<float>{1, 3, 3, 2}), 1);
  EXPECT_EQ(argmax_token(std::vector<float>{kNan, -5, kNan, -4}), 3);
  EXPECT_EQ(argmax_token(std::vector<float>{kNan, kNan}), 0);
  EXPECT_EQ(argmax_token(std::vector<float>{-kInfinity, -kInfinity}), 0);
  EXPECT_EQ(sample_token(std::vector<float>{1, 3, 3, 2}, {}, 17), 1);
}

TEST(Sampling, FrequenciesFollowTheSoftmax) {
  // exp gives 1 : 2 : 4 : 8 at temperature 1, and the square roots at temperature 2.
  const float ln2 = std::log(2.0F);
  const std::vector<float> logits{0, ln2, 2 * ln2, 3 * ln2};
  const auto even = histogram(logits, {.temperature = 1.0, .seed = 3}, 60000);
  for (std::size_t i = 0; i < 4; ++i) {
    const double wanted = 60000.0 * std::pow(2.0, static_cast<double>(i)) / 15.0;
    EXPECT_NEAR(even[i], wanted, 5 * std::sqrt(wanted));
  }
  const auto flat = histogram(logits, {.temperature = 2.0, .seed = 3}, 60000);
  double total = 0.0;
  for (int i = 0; i < 4; ++i) {
    total += std::pow(2.0, i / 2.0);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const double wanted = 60000.0 * std::pow(2.0, static_cast<double>(i) / 2.0) / total;
    EXPECT_NEAR(flat[i], wanted, 5 * std::sqrt(wanted));
  }
}

TEST(Sampling, TopKAndTopPCutTheTail) {
  const std::vector<float> logits{1, 4, 2, 4, 3};
  auto counts = histogram(logits, {.temperature = 1.0, .top_k = 2}, 2000);
  EXPECT_EQ(counts[1] + counts[3], 2000);
  EXPECT_GT(counts[3], 0);
  counts = histogram(logits, {.temperature = 1.0, .top_k = 1}, 100);
  EXPECT_EQ(counts[1], 100);  // of the two largest the lower id
  // Masses are about .39 .39 .14: half of the total needs two tokens, and 0.3 only one.
  counts = histogram(logits, {.temperature = 1.0, .top_p = 0.5}, 2000);
  EXPECT_EQ(counts[1] + counts[3], 2000);
  counts = histogram(logits, {.temperature = 1.0, .top_p = 0.3}, 100);
  EXPECT_EQ(counts[1], 100);
}

TEST(Sampling, ATokenDependsOnlyOnSeedAndIndex) {
  const std::vector<float> logits(50, 0.0F);
  const SamplingOptions options{.temperature = 1.0, .seed = 11};
  EXPECT_EQ(sample_token(logits, options, 5), sample_token(logits, options, 5));
  const auto a = histogram(logits, options, 500);
  const auto b = histogram(logits, {.temperature = 1.0, .seed = 12}, 500);
  EXPECT_NE(a, b);
}

TEST(Sampling, SurvivesUnusableLogits) {
  const SamplingOptions options{.temperature = 0.5, .top_p = 0.9};
  EXPECT_EQ(sample_token(std::vector<float>{kNan, 1.0F, kNan}, options, 0), 1);
  EXPECT_EQ(sample_token(std::vector<float>{0.0F, kInfinity}, options, 0), 1);
  EXPECT_EQ(sample_token(std::vector<float>{-kInfinity, -kInfinity}, options, 0), 0);
  EXPECT_EQ(sample_token(std::vector<float>{-kInfinity, 2.0F}, options, 0), 1);
}

TEST(Sampling, OptionsHaveRanges) {
  EXPECT_TRUE(validate_sampling({}).ok());
  EXPECT_FALSE(validate_sampling({.temperature = -1.0}).ok());
  EXPECT_FALSE(validate_sampling({.temperature = std::nan("")}).ok());
  EXPECT_FALSE(validate_sampling({.top_k = -1}).ok());
  EXPECT_FALSE(validate_sampling({.top_p = 0.0}).ok());
  EXPECT_FALSE(validate_sampling({.top_p = 1.5}).ok());
}

}  // namespace
}  // namespace kvfoot
