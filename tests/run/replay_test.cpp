// The replay command without its printing: defaults, accounting, warnings, errors.
#include <gtest/gtest.h>

#include <filesystem>

#include "sim/run/replay.hpp"
#include "tests/engine/synthetic_trace.hpp"

namespace kvfoot {
namespace {

ReplayRequest on_shape(const char* policy) {
  ReplayRequest request;
  request.shape = *builtin_shape("llama-3.1-8b");
  request.prompt = 131072;
  request.policy = *parse_policy(policy);
  return request;
}

bool warns(const ReplayOutcome& outcome, const std::string& code) {
  for (const Warning& warning : outcome.warnings) {
    if (warning.code == code) {
      return true;
    }
  }
  return false;
}

TEST(Replay, AsManySideBySideAsMemoryAllows) {
  constexpr std::int64_t kMiB = std::int64_t{1} << 20;
  const auto count = [](std::vector<std::int64_t> bytes) { return side_by_side(bytes); };
  EXPECT_EQ(count({}), 0U);
  EXPECT_EQ(count(std::vector<std::int64_t>(16, kMiB)), 16U);
  EXPECT_EQ(count({256 * kMiB, 256 * kMiB, 1}), 2U);
  EXPECT_EQ(count({256 * kMiB, 256 * kMiB + 1}), 1U);
  EXPECT_EQ(count({1 << 30, 1, 1}), 1U) << "one always runs";
}

TEST(Replay, ShapeAloneWithDefaults) {
  const auto outcome = replay(on_shape("full"));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->inputs.run.chunk, 32768);
  EXPECT_EQ(outcome->inputs.run.output, 128);
  EXPECT_EQ(outcome->inputs.kv_dtype, DType::kBF16);
  EXPECT_EQ(outcome->inputs.trace, "");
  EXPECT_EQ(outcome->metrics.footprint, 1.0);
  EXPECT_EQ(outcome->metrics.peak_kv_bytes, 131200LL * 131072);
  EXPECT_FALSE(outcome->metrics.retained_mass.has_value());
  EXPECT_FALSE(outcome->metrics.total_s.has_value());
  EXPECT_FALSE(outcome->profile.has_value());
  EXPECT_TRUE(outcome->warnings.empty());
}

TEST(Replay, InputsNameEveryDefaultOfThePolicy) {
  const auto outcome = replay(on_shape("duo:sparsity=0.7"));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->inputs.policy, "duo");
  EXPECT_NE(outcome->inputs.spec.find("window=1024"), std::string::npos);
  ASSERT_EQ(outcome->inputs.params.size(), 1U);
  EXPECT_EQ(outcome->inputs.params[0].second, "0.7");
  EXPECT_TRUE(warns(*outcome, "heads_by_hash"));
}

TEST(Replay, PaperAccountingGivesTheClosedFormOnly) {
  ReplayRequest request = on_shape("duo:sparsity=0.7");
  request.prompt = 130972;
  request.output = 100;
  request.accounting = Accounting::kPaper;
  const auto outcome = replay(request);
  ASSERT_TRUE(outcome.ok());
  EXPECT_NEAR(outcome->metrics.footprint, .4840, 5.1e-5);
  EXPECT_NEAR(outcome->metrics.peak_ratio, .4804, 5.1e-5);
  EXPECT_EQ(outcome->metrics.rows, 131072);
  EXPECT_FALSE(outcome->metrics.entry_rows.has_value());
  EXPECT_FALSE(outcome->metrics.peak_kv_bytes.has_value());
  request.last_prompt_token = LastPromptToken::kDecode;
  EXPECT_TRUE(warns(*replay(request), "paper_prefills_all"));
}

TEST(Replay, PaperAccountingNeedsAPublishedForm) {
  ReplayRequest request = on_shape("h2o");
  request.accounting = Accounting::kPaper;
  const auto outcome = replay(request);
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.error().message().find("h2o"), std::string::npos);
}

TEST(Replay, SaysThatNothingWasEvicted) {
  ReplayRequest request = on_shape("streaming:sinks=128,window=1048576");
  EXPECT_TRUE(warns(*replay(request), "evicts_nothing"));
  request.policy = *parse_policy("streaming:sinks=128,window=1024");
  EXPECT_FALSE(warns(*replay(request), "evicts_nothing"));
}

TEST(Replay, PassesRemarksOfThePolicyOn) {
  EXPECT_TRUE(warns(*replay(on_shape("snapkv:sparsity=0.5,group=none")), "copies_per_query_head"));
  EXPECT_FALSE(warns(*replay(on_shape("snapkv:sparsity=0.5,group=mean")), "copies_per_query_head"));
  const auto outcome = replay(on_shape("tova:budget=1048576"));
  EXPECT_TRUE(warns(*outcome, "budget_covers_context"));
  EXPECT_FALSE(warns(*outcome, "evicts_nothing"));  // once is enough
}

TEST(Replay, ProfilesOnRequest) {
  ReplayRequest request = on_shape("streaming");
  request.profile = true;
  const auto outcome = replay(request);
  ASSERT_TRUE(outcome.ok() && outcome->profile.has_value());
  EXPECT_EQ(outcome->profile->timeline().back().row, outcome->metrics.rows - 1);
}

TEST(Replay, RefusesWhatIsMissingOrBroken) {
  ReplayRequest request = on_shape("full");
  request.prompt.reset();
  EXPECT_NE(replay(request).error().message().find("prompt"), std::string::npos);
  request = on_shape("full");
  request.shape.reset();
  EXPECT_NE(replay(request).error().message().find("shape"), std::string::npos);
  request = on_shape("full");
  request.block = 0;
  EXPECT_FALSE(replay(request).ok());
  request = on_shape("duo:heads=/nowhere/heads.tsv");
  EXPECT_NE(replay(request).error().message().find("heads.tsv"), std::string::npos);
}

// 32 layers of 8 heads: 2^63 / 256 entries over rows are those of 268 million rows.
TEST(Replay, SaysHowManyTokensCanBeCounted) {
  const auto with_prompt = [](std::int64_t prompt) {
    ReplayRequest request = on_shape("streaming:window=1024");
    request.prompt = prompt;
    request.chunk = 1 << 20;
    request.output = 0;
    return replay(request);
  };
  const auto refused = with_prompt(1'000'000'000);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().where, "prompt");
  EXPECT_EQ(refused.error().hint, "give at most 268435455 tokens, prompt and output together");
  EXPECT_TRUE(with_prompt(268'435'455).ok());
  EXPECT_FALSE(with_prompt(268'435'456).ok());
}

TEST(Replay, ManyKeepTheirOrderAndTheirErrors) {
  std::vector<ReplayRequest> requests = {on_shape("full"), on_shape("duo:heads=/nowhere"),
                                         on_shape("streaming")};
  const auto outcomes = replay_many(requests);
  ASSERT_TRUE(outcomes.ok());
  ASSERT_EQ(outcomes->size(), 3U);
  EXPECT_EQ((*outcomes)[0]->inputs.policy, "full");
  EXPECT_FALSE((*outcomes)[1].ok());
  EXPECT_EQ((*outcomes)[2]->inputs.policy, "streaming");
}

class OnTrace : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::path(::testing::TempDir()) /
            (std::string("kvfoot_run_") +
             ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".h5");
    const test::SyntheticTrace what{.shape = test::small_shape(2, 2, 2),
                                    .run = test::lengths(40, 6, 40)};
    ASSERT_TRUE(test::write_synthetic_trace(path_.string(), what).ok());
    request_.trace = *TraceReader::open(path_.string());
    request_.policy = *parse_policy("streaming:sinks=2,window=8");
    request_.chunk = 8;
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::filesystem::path path_;
  ReplayRequest request_;
};

TEST_F(OnTrace, TakesItsDefaultsFromTheTrace) {
  const auto outcome = replay(request_);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message();
  EXPECT_EQ(outcome->inputs.trace, path_.string());
  EXPECT_EQ(outcome->inputs.run.prompt, 40);
  EXPECT_EQ(outcome->inputs.run.output, 6);
  EXPECT_EQ(outcome->inputs.shape.name, "small");
  ASSERT_TRUE(outcome->metrics.retained_mass.has_value());
  EXPECT_GT(*outcome->metrics.retained_mass, 0.3);
  EXPECT_LT(*outcome->metrics.retained_mass, 1.0);
  EXPECT_TRUE(outcome->metrics.retained_mass_decode.has_value());

  ReplayRequest counted = request_;
  counted.trace.reset();
  counted.shape = outcome->inputs.shape;
  counted.prompt = 40;
  counted.output = 6;
  EXPECT_EQ(replay(counted)->metrics.entry_rows, outcome->metrics.entry_rows);
}

TEST_F(OnTrace, MassOnlyIfAskedFor) {
  request_.retained_mass = false;
  const auto outcome = replay(request_);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->metrics.retained_mass.has_value());
}

TEST_F(OnTrace, RefusesAnotherPromptOrShape) {
  request_.prompt = 41;
  EXPECT_NE(replay(request_).error().message().find("40 tokens"), std::string::npos);
  request_.prompt.reset();
  request_.shape = *builtin_shape("llama-3.1-8b");
  EXPECT_FALSE(replay(request_).ok());
}

TEST_F(OnTrace, PaperAccountingTakesOnlyTheLengths) {
  request_.accounting = Accounting::kPaper;
  const auto outcome = replay(request_);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->metrics.rows, 46);
  EXPECT_FALSE(outcome->metrics.retained_mass.has_value());
}

TEST_F(OnTrace, TracesAndShapesInOneCall) {
  const std::vector<ReplayRequest> requests = {request_, on_shape("full"), request_};
  const auto outcomes = replay_many(requests);
  ASSERT_TRUE(outcomes.ok());
  EXPECT_EQ((*outcomes)[0]->metrics.retained_mass, (*outcomes)[2]->metrics.retained_mass);
  EXPECT_FALSE((*outcomes)[1]->metrics.retained_mass.has_value());
}

TEST(Replay, LayoutsChangeBytesAndNothingElse) {
  ReplayRequest request;
  request.shape = *builtin_shape("llama-3.1-8b");
  request.prompt = 4096;
  request.output = 64;
  request.chunk = 1024;
  request.policy = *parse_policy("snapkv:sparsity=0.7");
  const auto plain = replay(request);
  ASSERT_TRUE(plain.ok());
  const auto with = [&](const char* quant, const char* index, KvAlloc alloc, KvCopies copies) {
    ReplayRequest changed = request;
    changed.layout = {*parse_kv_quant(quant), *parse_kv_index(index), alloc, copies};
    const auto outcome = replay(changed);
    EXPECT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->metrics.footprint, plain->metrics.footprint);
    EXPECT_EQ(outcome->metrics.peak_entries, plain->metrics.peak_entries);
    return *outcome;
  };
  const auto warned = [](const ReplayOutcome& outcome, const std::string& code) {
    return std::ranges::any_of(outcome.warnings,
                               [&](const Warning& warning) { return warning.code == code; });
  };
  const std::int64_t bytes = *plain->metrics.peak_kv_bytes;
  const auto quant = with("kivi", "none", KvAlloc::kRagged, KvCopies::kKv);
  EXPECT_LT(*quant.metrics.peak_kv_bytes, bytes / 2);
  EXPECT_TRUE(warned(quant, "quality_not_modelled"));
  const auto quest = with("none", "quest", KvAlloc::kRagged, KvCopies::kKv);
  EXPECT_EQ(*quest.metrics.peak_kv_bytes, bytes + bytes / 16) << "6.25 % on pages of 16";
  EXPECT_TRUE(warned(quest, "selection_not_simulated"));
  const auto copies = with("none", "none", KvAlloc::kRagged, KvCopies::kQuery);
  EXPECT_EQ(*copies.metrics.peak_kv_bytes, 4 * bytes);
  EXPECT_EQ(*copies.metrics.page_waste_bytes, 4 * *plain->metrics.page_waste_bytes);
  const auto rectangular = with("none", "none", KvAlloc::kRectangular, KvCopies::kKv);
  EXPECT_EQ(*rectangular.metrics.peak_kv_bytes, bytes) << "all heads keep the same";
  request.accounting = Accounting::kPaper;
  request.layout.copies = KvCopies::kQuery;
  EXPECT_FALSE(replay(request).ok());
}

}  // namespace
}  // namespace kvfoot
