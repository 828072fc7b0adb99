// Two traces of one run: what counts as one run, and what logged decisions are worth.
#include "sim/run/compare_traces.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/run/logged_policy.hpp"
#include "tests/trace/synthetic.hpp"

namespace kvfoot {
namespace {

using namespace testing_trace;
using Trace = std::shared_ptr<const TraceReader>;

struct Plan {
  std::string name;
  TraceFidelity fidelity = TraceFidelity::kRows;
  std::string policy = "full";
  RunLengths run{.prompt = 300, .output = 6, .chunk = 100};
  ModelShape shape = small_shape();
};

Trace recorded(const Plan& what) {
  RecordPlan plan;
  plan.path = temporary(what.name);
  plan.model.shape = what.shape;
  plan.run = what.run;
  plan.policy = what.policy;
  plan.fidelity = what.fidelity;
  plan.coding.row_block = 16;
  plan.coding.entries_block = 8;
  plan.coding.entries_row = 16;
  plan.coding.entries_last = 16;
  Listener heard;
  EXPECT_TRUE(record(plan, heard));
  return TraceReader::open(plan.path).value();
}

std::vector<PolicySpec> specs(const std::vector<std::string>& texts) {
  std::vector<PolicySpec> parsed;
  for (const std::string& text : texts) {
    parsed.push_back(parse_policy(text).value());
  }
  return parsed;
}

const std::vector<std::string> kPolicies = {"streaming:sinks=4,window=64",
                                            "snapkv:sparsity=0.5,window=16",
                                            "h2o:heavy=40,recent=40",
                                            "tova:budget=80",
                                            "duo:sparsity=0.5,sinks=4,window=32",
                                            "snapkv:sparsity=0.5,window=16,group=none"};

TEST(CompareTraces, ATraceAgreesWithItself) {
  const Trace rows = recorded({.name = "rows.h5"});
  const std::vector<std::int64_t> chunks{100, kWholePrompt};
  const auto all = compare_traces(rows, rows, specs(kPolicies), chunks);
  ASSERT_TRUE(all) << all.error().message();
  ASSERT_EQ(all->size(), 2 * kPolicies.size());
  EXPECT_EQ((*all)[0].chunk, 100);
  EXPECT_EQ(all->back().chunk, kWholePrompt);
  for (const TraceComparison& one : *all) {
    EXPECT_TRUE(one.log.equal()) << one.policy;
    EXPECT_GT(one.log.decisions, 0) << one.policy;
    // Replaying a log retains what its policy retained.
    ASSERT_TRUE(one.second_in_first.has_value());
    EXPECT_DOUBLE_EQ(*one.second_in_first, one.first.retained_mass.value()) << one.policy;
  }
}

TEST(CompareTraces, BlocksDecideAsRowsDoWhereTheyHoldTheVotes) {
  const Trace rows = recorded({.name = "rows.h5"});
  const Trace blocks = recorded({.name = "blocks.h5", .fidelity = TraceFidelity::kBlocks});
  const auto all = compare_traces(rows, blocks, specs(kPolicies), {});
  ASSERT_TRUE(all) << all.error().message();
  for (const TraceComparison& one : *all) {
    EXPECT_EQ(one.chunk, 100);  // as recorded
    const bool guesses = one.policy.starts_with("h2o") || one.policy.starts_with("tova");
    if (guesses) {  // 16 entries of a row, or 8 of 16 rows, are known; the rest is a mean
      EXPECT_GT(one.log.different, 0) << one.policy;
      EXPECT_GT(one.log.overlap(), .5) << one.policy;
      EXPECT_NE(*one.second_in_first, *one.first.retained_mass) << one.policy;
    } else {
      EXPECT_GE(one.log.overlap(), .999) << one.policy;
    }
    EXPECT_NEAR(*one.second_in_first, *one.first.retained_mass, .02) << one.policy;
  }
}

TEST(CompareTraces, OtherRunsAreRefused) {
  const Trace rows = recorded({.name = "rows.h5"});
  ModelShape shape = small_shape();
  shape.layers = 3;
  const struct {
    Plan plan;
    const char* message;
  } cases[] = {
      {{.name = "a.h5", .run = {.prompt = 301, .output = 6, .chunk = 100}}, "301 + 6 tokens"},
      {{.name = "b.h5", .run = {.prompt = 300, .output = 7, .chunk = 100}}, "300 + 7 tokens"},
      {{.name = "c.h5", .shape = shape}, "other layers"},
      {{.name = "d.h5", .policy = "h2o:heavy=40,recent=40"}, "was recorded while h2o"},
  };
  for (const auto& c : cases) {
    const auto refused = compare_traces(rows, recorded(c.plan), specs({"full"}), {});
    ASSERT_FALSE(refused) << c.message;
    EXPECT_NE(refused.error().message().find(c.message), std::string::npos)
        << refused.error().message();
  }
}

TEST(CompareTraces, APolicyThatOneCannotAnswerIsAnError) {
  const Trace rows = recorded({.name = "rows.h5"});
  const Trace blocks = recorded({.name = "blocks.h5", .fidelity = TraceFidelity::kBlocks});
  const auto refused = compare_traces(rows, blocks, specs({"snapkv:sparsity=0.5,window=7"}), {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("blocks.h5"), std::string::npos)
      << refused.error().message();
}

// Residents 0 2 3 4 6 after earlier evictions; the log lets [2, 4) and 6 go.
TEST(LoggedPolicy, KeepsWhatTheLogLeaves) {
  const std::vector<DecisionRecord> log{
      {.pass = 1, .layer = 0, .head = 1, .kept = 2, .evicted = {{2, 4}, {6, 7}}},
      {.pass = 3, .layer = 2, .head = 0, .kept = 1, .evicted = {{0, 1}}}};
  const LoggedPolicy policy(log, Storage::kKvHeads);
  const std::vector<TokenPos> resident{0, 2, 3, 4, 6};
  const std::vector<HeadView> heads{{.resident = resident, .past = 3},
                                    {.resident = resident, .past = 3}};
  LayerView view;
  view.heads = heads;
  view.pass.pass.index = 1;
  const LayerKeep keep = policy.decide(view).value();
  ASSERT_EQ(keep.size(), 2U);
  EXPECT_TRUE(keep[0].all);
  EXPECT_FALSE(keep[1].all);
  EXPECT_EQ(keep[1].index, (std::vector<std::int32_t>{0, 3}));
  for (const std::int32_t pass : {0, 1, 2, 3, 4}) {
    view.pass.pass.index = pass;
    EXPECT_EQ(policy.decides(view.pass), pass == 1 || pass == 3) << pass;
  }
  view.pass.pass.index = 3;
  EXPECT_TRUE(policy.decide(view).value()[0].all);  // layer 2 decides then, layer 0 does not
}

}  // namespace
}  // namespace kvfoot
