// The built-in policies through both roads: counts alone, and decisions made by the driver.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/engine/counts.hpp"
#include "sim/engine/paper.hpp"
#include "sim/engine/schedule_run.hpp"
#include "tests/engine/naive_counts.hpp"
#include "tests/policy/drive.hpp"

namespace kvfoot {
namespace {

using test::lengths;
using test::make;
using test::small_shape;

ScheduleOutcome drive_schedule(const Policy& policy, const ModelShape& shape, const RunLengths& run,
                               std::int64_t block, std::uint64_t seed) {
  test::FakeAttention attention(shape, policy.storage(), test::hashed_logits(seed), run.rows());
  ScheduleOptions options;
  options.page = page_size(shape, DType::kBF16, block);
  options.profile = true;
  options.memory = true;
  ScheduleRun schedule(policy, shape, run, options, &attention);
  while (!schedule.done()) {
    schedule.begin_pass();
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      schedule.append(layer);
      const auto resident = schedule.resident();
      attention.attend(schedule.pass(), layer, {resident.begin(), resident.end()});
      EXPECT_TRUE(schedule.decide(layer).ok());
    }
    schedule.end_pass();
  }
  return schedule.finish();
}

void expect_same(const Metrics& a, const Metrics& b, const std::string& where) {
  EXPECT_EQ(a.patch_rows, b.patch_rows) << where;
  EXPECT_EQ(a.entry_rows, b.entry_rows) << where;
  EXPECT_EQ(a.peak_entries, b.peak_entries) << where;
  EXPECT_EQ(a.footprint, b.footprint) << where;
  EXPECT_EQ(a.peak_kv_bytes, b.peak_kv_bytes) << where;
  EXPECT_EQ(a.peak_kv_bytes_pass, b.peak_kv_bytes_pass) << where;
}

// The example of every policy for a prompt, and what the examples leave out.
std::vector<std::string> specs(std::int64_t prompt) {
  std::vector<std::string> all = {
      "snapkv:sparsity=0.5,window=4,patch=true",
      "snapkv:sparsity=0.4,window=3,group=none",
      "snapkv:budget=12,window=4,evict=end",
      "pyramidkv:sparsity=0.6,window=2,patch=true",
      "streaming:sinks=2,window=5,reindex=true",
      "duo:sparsity=0.5,sinks=2,window=5,rest=snapkv:sparsity=0.5,window=3,patch=true",
      "duo:sparsity=0.5,sinks=1,window=6,rest=h2o:heavy=4,recent=6",
  };
  for (const PolicyDescriptor* descriptor : builtin_policies()) {
    all.push_back(descriptor->example(prompt));
  }
  return all;
}

TEST(Policies, CountsEqualDecisions) {
  int evicting = 0;
  int patched = 0;
  for (std::size_t which = 0; which < specs(8).size(); ++which) {
    for (std::uint64_t i = 0; i < 12; ++i) {
      const auto draw = [&](std::uint64_t salt, std::uint64_t bound) {
        return static_cast<std::int64_t>(below(hash_words(which, i, salt), bound));
      };
      const RunLengths run =
          lengths(8 + draw(1, 50), draw(2, 14), draw(3, 40),
                  draw(4, 3) == 0 ? LastPromptToken::kDecode : LastPromptToken::kPrefill);
      const ModelShape shape = small_shape(static_cast<std::int32_t>(1 + draw(5, 4)),
                                           static_cast<std::int32_t>(1 + draw(6, 3)), 2);
      const std::string spec = specs(run.prompt)[which];
      const auto policy = make(spec, shape, run);
      const std::string where = spec + " case " + std::to_string(i);
      const std::int64_t block = 1 + draw(7, 9);

      CountOptions options;
      options.block = block;
      options.profile = true;
      const auto closed = replay_counts(*policy, shape, run, options);
      ASSERT_TRUE(closed.ok()) << where << ": " << closed.error().message();
      options.pass_by_pass = true;
      const auto general = replay_counts(*policy, shape, run, options);
      ASSERT_TRUE(general.ok()) << where;
      const PageSize page = page_size(shape, DType::kBF16, block);
      const ScheduleOutcome decided = drive_schedule(*policy, shape, run, block, i);
      expect_same(closed->metrics, general->metrics, where);
      expect_same(closed->metrics, toy::naive_counts(*policy, shape, run, page).metrics, where);
      expect_same(closed->metrics, decided.metrics, where);
      EXPECT_TRUE(*closed->profile == *general->profile) << where;
      EXPECT_TRUE(*closed->profile == *decided.profile) << where;

      ASSERT_EQ(decided.memory.size(), static_cast<std::size_t>(run.passes()));
      std::int64_t peak = 0;
      for (const PassMemory& memory : decided.memory) {
        peak = std::max(peak, memory.peak_bytes);
      }
      EXPECT_EQ(peak, *closed->metrics.peak_kv_bytes);
      evicting += decided.evicted > 0 ? 1 : 0;
      patched += decided.metrics.patch_rows > 0 ? 1 : 0;
    }
  }
  EXPECT_GT(evicting, 80);  // they really evict
  EXPECT_GT(patched, 10);
}

// Streaming with 1 sink and a window of 2, n = 8, m = 4, c = 4.
TEST(Policies, StreamingPositionsRowByRow) {
  const ModelShape shape = small_shape(1, 1, 1);
  const RunLengths run = lengths(8, 4, 4);
  const auto policy = make("streaming:sinks=1,window=2", shape, run);
  const auto after = test::residency_by_pass(*policy, shape, run, test::hashed_logits(1));
  EXPECT_EQ(after[0][0], (test::Positions{0, 2, 3}));  // at the start of row 4
  EXPECT_EQ(after[1][0], (test::Positions{0, 6, 7}));  // at the start of row 8
  EXPECT_EQ(after[2][0], (test::Positions{0, 7, 8}));  // after row 8
}

// Pyramid budgets of the layered example: n = 32, m = 4, c = 16, four layers, w = 2, s = .75.
TEST(Policies, LayeredExampleWithPyramidKv) {
  const ModelShape shape = small_shape(4, 1, 1);
  const RunLengths run = lengths(32, 4, 16);
  const auto exact = [&](const char* text) {
    const auto outcome = replay_counts(*make(text, shape, run), shape, run, {});
    EXPECT_TRUE(outcome.ok());
    return outcome->metrics;
  };
  const Metrics naive = exact("pyramidkv:sparsity=0.75,window=2,beta=20,patch=false");
  EXPECT_EQ(naive.entry_rows, 1560);
  EXPECT_EQ(naive.peak_entries, 82);
  const Metrics patched = exact("pyramidkv:sparsity=0.75,window=2,beta=20,patch=true");
  EXPECT_EQ(patched.entry_rows, 1600);
  EXPECT_EQ(patched.peak_entries, 84);
  EXPECT_EQ(patched.patch_rows, 2);
}

// Closed forms asked for through the policies that they belong to, at the scale of the paper.
TEST(Policies, PaperFormsOfBuiltIns) {
  const ModelShape shape = *builtin_shape("llama-3.1-8b");
  const RunLengths run = lengths(130972, 100, 32768);
  const auto footprint = [&](const char* text) {
    const auto form = make(text, shape, run)->paper_form();
    EXPECT_TRUE(form.has_value()) << text;
    return paper_numbers(*form, run)->footprint;
  };
  EXPECT_EQ(footprint("full"), 1.0);
  EXPECT_NEAR(footprint("streaming:sinks=128,window=1024"), .2628, 5.1e-5);
  EXPECT_NEAR(footprint("duo:sparsity=0.7,sinks=128,window=1024"), .4840, 5.1e-5);
  EXPECT_NEAR(footprint("snapkv:sparsity=0.7"), .4762, 5.1e-5);
  EXPECT_NEAR(footprint("pyramidkv:sparsity=0.9"), .3261, 5.1e-5);
}

// 76 of 256 heads retrieve at sparsity .7; the rest stream.
TEST(Policies, DuoExactIsTheMixtureOfItsHeads) {
  const ModelShape shape = *builtin_shape("llama-3.1-8b");
  const RunLengths run = lengths(130972, 100, 32768);
  const auto duo = replay_counts(*make("duo:sparsity=0.7", shape, run), shape, run, {});
  ASSERT_TRUE(duo.ok());
  const double streaming = paper_numbers(PaperForm{1, 128, 1024, 0}, run)->footprint;
  EXPECT_NEAR(duo->metrics.footprint, (76.0 + 180.0 * streaming) / 256.0, 1e-12);
}

// The driver's error is the schedule's error; nothing is counted twice.
TEST(Policies, AnAttentionErrorStopsTheSchedule) {
  const ModelShape shape = small_shape(2, 1, 1);
  const RunLengths run = lengths(48, 4, 16);
  const auto policy = make("snapkv:sparsity=0.5,window=4", shape, run);
  test::FakeAttention attention(shape, policy->storage(), test::hashed_logits(1));
  attention.fail = true;
  ScheduleOptions options;
  options.page = page_size(shape, DType::kBF16, 16);
  ScheduleRun schedule(*policy, shape, run, options, &attention);
  schedule.begin_pass();
  schedule.append(0);
  EXPECT_FALSE(schedule.decide(0).ok());
}

}  // namespace
}  // namespace kvfoot
