// Entropy of recorded rows against the rows that the recording was made from.
#include "sim/trace/entropy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/trace/synthetic.hpp"

namespace kvfoot {
namespace {

using namespace testing_trace;

RecordPlan plan_of(TraceFidelity fidelity) {
  RecordPlan plan;
  plan.path = temporary("entropy.h5");
  plan.model = {small_shape(), 5};
  plan.run.prompt = 60;
  plan.run.output = 9;
  plan.run.chunk = 20;
  plan.fidelity = fidelity;
  plan.coding.vote_windows = {4};
  return plan;
}

std::shared_ptr<const TraceReader> recorded(const RecordPlan& plan) {
  Listener listener;
  EXPECT_TRUE(record(plan, listener).ok());
  auto trace = TraceReader::open(plan.path);
  EXPECT_TRUE(trace.ok());
  return *trace;
}

double naive_bits(const RecordPlan& plan, std::int32_t layer, std::int32_t q_head,
                  std::int64_t row) {
  std::vector<TokenPos> keys(static_cast<std::size_t>(row) + 1);
  std::iota(keys.begin(), keys.end(), 0);
  std::vector<float> mass;
  plan.model.row(layer, q_head, run_tokens(plan.run)[static_cast<std::size_t>(row)],
                 static_cast<TokenPos>(row), keys, mass);
  double bits = 0;
  for (const float p : mass) {
    bits -= p > 0 ? static_cast<double>(p) * std::log2(static_cast<double>(p)) : 0;
  }
  return bits;
}

TEST(Entropy, IsTheMeanOverAllRows) {
  const RecordPlan plan = plan_of(TraceFidelity::kRows);
  const auto entropy = attention_entropy(*recorded(plan));
  ASSERT_TRUE(entropy.ok());
  EXPECT_EQ(entropy->rows, 69);
  ASSERT_EQ(entropy->bits.size(), 8U);
  for (std::int32_t layer = 0; layer < 2; ++layer) {
    for (std::int32_t q = 0; q < 4; ++q) {
      double sum = 0;
      for (std::int64_t row = 0; row < 69; ++row) {
        sum += naive_bits(plan, layer, q, row);
      }
      EXPECT_NEAR(entropy->bits[static_cast<std::size_t>(layer * 4 + q)], sum / 69, 2e-3);
    }
  }
}

// Three of 69 rows: the ends of three equal parts.
TEST(Entropy, LooksAtRowsSpreadEvenlyAndAtTheLast) {
  const RecordPlan plan = plan_of(TraceFidelity::kRows);
  const auto entropy = attention_entropy(*recorded(plan), 3);
  ASSERT_TRUE(entropy.ok());
  EXPECT_EQ(entropy->rows, 3);
  const double expected =
      (naive_bits(plan, 1, 2, 22) + naive_bits(plan, 1, 2, 45) + naive_bits(plan, 1, 2, 68)) / 3;
  EXPECT_NEAR(entropy->bits[6], expected, 2e-3);
}

// Sums over blocks of rows are left out; the rows of the output are there one by one.
TEST(Entropy, OfBlocksIsThatOfSingleRows) {
  const RecordPlan plan = plan_of(TraceFidelity::kBlocks);
  const auto trace = recorded(plan);
  const auto entropy = attention_entropy(*trace, 1);
  ASSERT_TRUE(entropy.ok());
  EXPECT_NEAR(entropy->bits[3], naive_bits(plan, 0, 3, 68), 2e-2);
  const auto all = attention_entropy(*trace);
  ASSERT_TRUE(all.ok());
  EXPECT_GE(all->rows, 9);
  EXPECT_LT(all->rows, 69);
}

TEST(Entropy, CanBeInterrupted) {
  const std::atomic<bool> cancel = true;
  const auto entropy = attention_entropy(*recorded(plan_of(TraceFidelity::kRows)), 256, &cancel);
  ASSERT_FALSE(entropy.ok());
  EXPECT_EQ(entropy.error().kind, ErrorKind::kInterrupted);
}

}  // namespace
}  // namespace kvfoot
