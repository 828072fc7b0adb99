// Bisection against trying every value.
#include "sim/run/fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/io/device_file.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;

FitRequest small_request(const char* policy, FitVariable variable) {
  FitRequest request;
  request.replay.shape = ModelShape{.name = "small",
                                    .layers = 2,
                                    .q_heads = 4,
                                    .kv_heads = 2,
                                    .head_dim = 64,
                                    .hidden = 256,
                                    .ffn = 512,
                                    .vocab = 1000};
  request.replay.prompt = 300;
  request.replay.output = 5;
  request.replay.chunk = 64;
  request.replay.policy = *parse_policy(policy);
  request.replay.device = *resolve_device("h100-sxm", ".");
  request.replay.device_name = "h100-sxm";
  request.variable = variable;
  request.most = 300;
  return request;
}

std::int64_t peak(const FitRequest& request, std::int64_t value) {
  ReplayRequest replayed = request.replay;
  switch (request.variable) {
    case FitVariable::kPrompt:
      replayed.prompt = value;
      break;
    case FitVariable::kOutput:
      replayed.output = value;
      break;
    case FitVariable::kChunk:
      replayed.chunk = value;
      break;
    case FitVariable::kBudget:
      replayed.policy = *parse_policy("snapkv:window=8,budget=" + std::to_string(value));
      break;
    case FitVariable::kBatch:
      replayed.batch = value;
      break;
  }
  return replay(replayed)->metrics.peak_total_bytes.value();
}

// Millions of tokens fit: what would be too many operations in one pass is not, chunk by chunk.
TEST(Fit, PromptsOfMillionsInChunks) {
  FitRequest request = small_request("full", FitVariable::kPrompt);
  request.replay.shape = *builtin_shape("deepseek-v3");
  request.replay.prompt.reset();
  request.replay.chunk = 8192;
  request.replay.device->memory = std::int64_t{1} << 42;
  request.memory = std::int64_t{1500} * 1000 * 1000 * 1000;
  request.most = 0;
  const auto fitted = fit(request);
  ASSERT_TRUE(fitted) << fitted.error().message();
  ASSERT_TRUE(fitted->fits);
  // 1500 GB less 1342 GB of weights, at 70272 bytes per token.
  EXPECT_GT(fitted->fits->value, 2'000'000);
  EXPECT_LT(fitted->fits->value, 2'260'000);
}

TEST(Fit, FindsTheLastValueThatFits) {
  int sorted = 0;
  for (const auto& [policy, variable] : std::vector<std::pair<const char*, FitVariable>>{
           {"full", FitVariable::kPrompt},
           {"streaming:sinks=4,window=60", FitVariable::kPrompt},
           {"full", FitVariable::kOutput},
           {"full", FitVariable::kBatch},
           {"snapkv:sparsity=0.5,window=8", FitVariable::kBatch},
           {"snapkv:sparsity=0.5,window=8", FitVariable::kChunk},
           {"snapkv:sparsity=0.5,window=8", FitVariable::kBudget}}) {
    FitRequest request = small_request(policy, variable);
    SCOPED_TRACE(std::string(policy) + " " + std::string(to_string(variable)));
    std::vector<std::int64_t> peaks{0};
    for (std::int64_t value = 1; value <= request.most; ++value) {
      peaks.push_back(peak(request, value));
    }
    // A last chunk of few rows takes a workspace, which a longer one does without.
    const bool grows = std::is_sorted(peaks.begin() + 64, peaks.end());
    sorted += grows ? 1 : 0;
    for (const std::int64_t at : {64, 65, 100, 150, 299}) {
      request.memory = peaks[static_cast<std::size_t>(at)];
      const auto found = fit(request);
      ASSERT_TRUE(found.ok()) << found.error().message();
      ASSERT_TRUE(found->fits.has_value());
      const auto value = static_cast<std::size_t>(found->fits->value);
      EXPECT_EQ(*found->fits->outcome.metrics.peak_total_bytes, peaks[value]);
      EXPECT_LE(peaks[value], request.memory);
      if (found->too_large) {
        EXPECT_EQ(found->too_large->value, found->fits->value + 1);
        EXPECT_GT(peaks[value + 1], request.memory);
      } else {
        EXPECT_EQ(found->fits->value, request.most);
      }
      if (grows) {
        EXPECT_EQ(
            found->fits->value,
            std::upper_bound(peaks.begin() + 64, peaks.end(), request.memory) - peaks.begin() - 1);
      }
      EXPECT_LE(found->runs, 20);
    }
  }
  EXPECT_GE(sorted, 2);
}

TEST(Fit, NothingFits) {
  FitRequest request = small_request("full", FitVariable::kPrompt);
  request.memory = 1000;
  const auto found = fit(request);
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->fits.has_value());
  EXPECT_EQ(found->too_large.value().value, 1);
}

TEST(Fit, SaysWhatItCannotSolve) {
  FitRequest no_budget = small_request("full", FitVariable::kBudget);
  no_budget.memory = 1 << 30;
  EXPECT_THAT(fit(no_budget).error().message(), HasSubstr("no budget to solve for"));
  FitRequest no_device = small_request("full", FitVariable::kPrompt);
  no_device.replay.device.reset();
  EXPECT_THAT(fit(no_device).error().message(), HasSubstr("--device-model"));
  EXPECT_THAT(parse_fit_variable("promt").error().message(), HasSubstr("prompt"));
}

}  // namespace
}  // namespace kvfoot
