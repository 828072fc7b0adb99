// Weights, RoPE and geometry against transformers: our naive double-precision forward pass on
// weights from make_random_llama must give the logits that transformers computed from the files.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/oracle/llama_cases.hpp"
#include "tests/oracle/llama_golden.hpp"
#include "tests/oracle/naive_llama.hpp"

namespace kvfoot::oracle {
namespace {

double largest_difference(const std::vector<double>& ours, const std::vector<float>& theirs) {
  EXPECT_EQ(ours.size(), theirs.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    largest = std::max(largest, std::abs(ours[i] - static_cast<double>(theirs[i])));
  }
  return largest;
}

class LlamaGoldenTest : public testing::TestWithParam<std::size_t> {};

TEST_P(LlamaGoldenTest, NaiveForwardAgreesWithTransformers) {
  const LlamaCase entry = llama_cases()[GetParam()];
  const LlamaGolden golden = read_llama_golden(entry.name);
  auto weights = make_random_llama(entry.config, entry.options);
  ASSERT_TRUE(weights.ok()) << weights.error().message();

  std::vector<std::int32_t> tokens = golden.tokens;
  tokens.insert(tokens.end(), golden.greedy.begin(), golden.greedy.end());
  const auto logits = naive_llama_logits(*weights, tokens);
  double worst = 0.0;
  for (std::size_t i = 0; i < golden.rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(golden.rows[i]);
    worst = std::max(worst, largest_difference(logits[row], golden.logits[i]));
  }
  for (std::size_t i = 0; i < golden.greedy.size(); ++i) {
    worst = std::max(worst,
                     largest_difference(logits[golden.tokens.size() + i], golden.greedy_logits[i]));
    // Row n - 1 + i chose greedy token i.
    const std::vector<double>& chooser = logits[golden.tokens.size() - 1 + i];
    const auto best = std::max_element(chooser.begin(), chooser.end()) - chooser.begin();
    EXPECT_EQ(best, golden.greedy[i]) << "greedy token " << i;
  }
  RecordProperty("worst_difference", std::to_string(worst));
  EXPECT_LT(worst, 2e-5);
  EXPECT_GT(worst, 0.0);  // fp32 against double cannot agree to the last bit everywhere
}

INSTANTIATE_TEST_SUITE_P(Cases, LlamaGoldenTest,
                         testing::Range(std::size_t{0}, llama_cases().size()),
                         [](const auto& instance) {
                           return std::string(llama_cases()[instance.param].name);
                         });

}  // namespace
}  // namespace kvfoot::oracle
