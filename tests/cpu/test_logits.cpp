// The whole forward pass: against transformers' logits, a double-precision twin, and itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/cpu/support.hpp"
#include "tests/oracle/llama_cases.hpp"
#include "tests/oracle/llama_golden.hpp"
#include "tests/oracle/naive_llama.hpp"

namespace kvfoot::cpu_test {
namespace {

double difference(const std::vector<float>& ours, const std::vector<float>& theirs) {
  EXPECT_EQ(ours.size(), theirs.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(ours[i]) - theirs[i]));
  }
  return largest;
}

class GoldenLogits : public testing::TestWithParam<std::size_t> {};

// Logits are of order 1; both sides round in fp32 a few hundred times per logit.
TEST_P(GoldenLogits, AgreeWithTransformersWhateverTheChunk) {
  const oracle::LlamaCase entry = oracle::llama_cases()[GetParam()];
  const oracle::LlamaGolden golden = oracle::read_llama_golden(entry.name);
  auto model = backend(make_random_llama(entry.config, entry.options).value(), 2);
  for (const std::int64_t chunk : {std::int64_t{1000}, std::int64_t{7}}) {
    ASSERT_TRUE(model->reset({}).ok());
    const auto prompt = run_chunks(*model, golden.tokens, chunk);
    double worst = 0.0;
    for (std::size_t i = 0; i < golden.rows.size(); ++i) {
      worst = std::max(
          worst, difference(prompt[static_cast<std::size_t>(golden.rows[i])], golden.logits[i]));
    }
    std::vector<float> last = prompt.back();
    for (std::size_t i = 0; i < golden.greedy.size(); ++i) {
      const auto best = std::max_element(last.begin(), last.end()) - last.begin();
      if (golden.greedy_margins[i] > 1e-4F) {
        EXPECT_EQ(best, golden.greedy[i]) << "greedy token " << i;
      }
      run_pass(*model, {&golden.greedy[i], 1}, static_cast<TokenPos>(golden.tokens.size() + i));
      const auto logits = model->logits(0).value();
      last.assign(logits.begin(), logits.end());
      worst = std::max(worst, difference(last, golden.greedy_logits[i]));
    }
    RecordProperty("worst_difference", std::to_string(worst));
    EXPECT_LT(worst, 2e-5);
    EXPECT_GT(worst, 0.0);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenLogits,
                         testing::Range(std::size_t{0}, oracle::llama_cases().size()),
                         [](const auto& instance) {
                           return std::string(oracle::llama_cases()[instance.param].name);
                         });

TEST(Logits, AgreeWithTheDoubleTwinAcrossTileEdges) {
  const LlamaWeights weights = small_weights();
  const auto prompt = tokens(300, weights.config.vocab_size);
  const auto expected = oracle::naive_llama_logits(weights, prompt);
  const auto got = run_chunks(*backend(weights, 2), prompt, 300);
  double worst = 0.0;
  for (std::size_t r = 0; r < prompt.size(); ++r) {
    for (std::size_t i = 0; i < got[r].size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(got[r][i]) - expected[r][i]));
    }
  }
  // The twin's angles are exact, ours are rounded to fp32 as in transformers: 300 * 2^-24 = 2e-5.
  EXPECT_LT(worst, 1e-4);
  EXPECT_GT(worst, 0.0);
}

// Bit for bit: a row's operations do not depend on the rows beside it.
TEST(Logits, DoNotDependOnTheChunkSize) {
  for (const WeightType type : {WeightType::kF32, WeightType::kBF16, WeightType::kF16}) {
    const LlamaWeights weights = small_weights(type);
    const auto prompt = tokens(260, weights.config.vocab_size);
    for (const DType cache : {DType::kF32, DType::kBF16}) {
      auto model = backend(weights, 2);
      CacheOptions options;
      options.dtype = cache;
      ASSERT_TRUE(model->reset(options).ok());
      const auto whole = run_chunks(*model, prompt, 260);
      for (const std::int64_t chunk : {1, 2, 5, 15, 16, 17, 63, 64, 65, 128, 129}) {
        ASSERT_TRUE(model->reset(options).ok());
        EXPECT_EQ(run_chunks(*model, prompt, chunk), whole) << "chunk " << chunk;
      }
    }
  }
}

TEST(Logits, DoNotDependOnTheNumberOfThreads) {
  const LlamaWeights weights = small_weights(WeightType::kBF16);
  const auto prompt = tokens(200, weights.config.vocab_size);
  const auto one = run_chunks(*backend(weights, 1), prompt, 90);
  for (const int threads : {2, 3, 7}) {
    EXPECT_EQ(run_chunks(*backend(weights, threads), prompt, 90), one) << threads << " threads";
  }
}

TEST(Logits, DoNotDependOnThePageSize) {
  const LlamaWeights weights = small_weights();
  const auto prompt = tokens(150, weights.config.vocab_size);
  auto model = backend(weights, 2);
  const auto usual = run_chunks(*model, prompt, 150);
  for (const std::int64_t block : {1, 3, 16, 64, 100}) {
    CacheOptions options;
    options.block = block;
    ASSERT_TRUE(model->reset(options).ok());
    EXPECT_EQ(run_chunks(*model, prompt, 40), usual) << "block " << block;
  }
}

TEST(Logits, RefuseForeignTokens) {
  auto model = backend(small_weights());
  const std::int32_t token = 131;
  const TokenPos position = 0;
  const Status status = model->begin_pass({&token, 1}, {&position, 1}, 0);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message().find("outside the vocabulary"), std::string::npos);
}

}  // namespace
}  // namespace kvfoot::cpu_test
