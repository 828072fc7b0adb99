// Two results side by side: what differs, and what does not compare.
#include "sim/report/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvfoot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RunResult sample(const std::string& policy, double footprint) {
  RunResult result;
  result.inputs.policy = policy;
  result.inputs.spec = policy + ":sparsity=0.5";
  result.inputs.shape.name = "small";
  result.inputs.shape.layers = 2;
  result.inputs.shape.kv_heads = 2;
  result.inputs.shape.head_dim = 8;
  result.inputs.run = {.prompt = 100, .output = 10, .chunk = 50};
  result.metrics.rows = 110;
  result.metrics.footprint = footprint;
  return result;
}

SweepResult sweep(std::vector<RunResult> results) {
  SweepResult sweep;
  sweep.results = std::move(results);
  return sweep;
}

TEST(Compare, SingleResultsPairWhateverTheyAre) {
  RunResult a = sample("snapkv", .5);
  RunResult b = sample("h2o", .25);
  b.metrics.retained_mass = .75;
  const Comparison found = compare_results(sweep({a}), sweep({b}));
  EXPECT_THAT(found.inputs, ElementsAre("policy: snapkv:sparsity=0.5 | h2o:sparsity=0.5"));
  EXPECT_THAT(found.cautions, IsEmpty());
  EXPECT_EQ(found.different, 1);
  EXPECT_FALSE(found.equal());
  std::map<std::string, std::vector<std::string>> rows;
  for (const auto& row : found.metrics.rows) {
    rows[row[0]] = row;
  }
  EXPECT_THAT(rows.at("KV footprint"),
              ElementsAre("KV footprint", "50.00 %", "25.00 %", "-50.00 %"));
  EXPECT_THAT(rows.at("Rows"), ElementsAre("Rows", "110", "110", ""));
  EXPECT_THAT(rows.at("Retained mass"), ElementsAre("Retained mass", "unknown", "75.00 %", ""));
  EXPECT_FALSE(rows.contains("Total time"));  // neither knows it
}

TEST(Compare, SaysWhatDoesNotCompare) {
  const RunResult a = sample("snapkv", .5);
  const auto cautions_of = [&](const RunResult& b) {
    return compare_results(sweep({a}), sweep({b})).cautions;
  };
  RunResult longer = a;
  longer.inputs.run.output = 11;
  EXPECT_THAT(cautions_of(longer), ElementsAre(HasSubstr("different numbers of rows")));
  RunResult deeper = a;
  deeper.inputs.shape.layers = 3;
  EXPECT_THAT(cautions_of(deeper), ElementsAre(HasSubstr("different streams")));
  RunResult wider = a;
  wider.inputs.shape.head_dim = 16;
  EXPECT_THAT(cautions_of(wider), ElementsAre(HasSubstr("different sizes")));
  RunResult paper = a;
  paper.inputs.accounting = Accounting::kPaper;
  EXPECT_THAT(cautions_of(paper), ElementsAre(HasSubstr("as published")));
  RunResult paged = a;
  paged.inputs.block_size = 32;
  EXPECT_THAT(cautions_of(paged), ElementsAre(HasSubstr("page sizes")));
  RunResult traced = a;
  traced.provenance.trace_hash = "0123";
  EXPECT_THAT(cautions_of(traced), ElementsAre(HasSubstr("different traces")));
  RunResult timed = a;
  timed.inputs.device_model = "h200";
  RunResult slower = a;
  slower.inputs.device_model = "a100-sxm";
  EXPECT_THAT(compare_results(sweep({timed}), sweep({slower})).cautions,
              ElementsAre(HasSubstr("clocks are those of different machines")));
  EXPECT_THAT(cautions_of(timed), ElementsAre(HasSubstr("only one of the runs has a device")));
  EXPECT_THAT(compare_results(sweep({timed}), sweep({a})).cautions, cautions_of(timed));
  RunResult other_machine = a;
  other_machine.provenance.machine = "elsewhere";
  EXPECT_THAT(cautions_of(other_machine), IsEmpty());
}

TEST(Compare, SaysThatProgramsOrScenariosDiffer) {
  RunResult a = sample("snapkv", .5);
  a.provenance.program = "kvfoot 1.0.0";
  RunResult b = a;
  b.provenance.program = "kvfoot 1.1.0";
  EXPECT_THAT(compare_results(sweep({a}), sweep({b})).cautions,
              ElementsAre("the first was written by kvfoot 1.0.0, the second by kvfoot 1.1.0"));
  SweepResult first = sweep({a, b});
  SweepResult second = first;
  first.provenance = {"kvfoot 1.0.0", "aa", "", ""};
  second.provenance = {"kvfoot 1.1.0", "bb", "", ""};
  EXPECT_THAT(compare_results(first, second).cautions,
              ElementsAre(HasSubstr("kvfoot 1.1.0"), HasSubstr("hash aa and bb")));
  second.provenance = first.provenance;
  EXPECT_THAT(compare_results(first, second).cautions, IsEmpty());
}

TEST(Compare, RunsOfSweepsPairByTheirInputs) {
  const SweepResult first = sweep({sample("snapkv", .5), sample("h2o", .4), sample("full", 1)});
  RunResult spelled = sample("snapkv", .5);
  spelled.inputs.params = {{"sparsity", "0.5"}};
  const SweepResult second = sweep({sample("h2o", .3), spelled, sample("tova", .2)});
  const Comparison found = compare_results(first, second);
  EXPECT_EQ(found.same, 1);
  EXPECT_EQ(found.different, 1);
  EXPECT_THAT(found.only_first, ElementsAre(HasSubstr("full")));
  EXPECT_THAT(found.only_second, ElementsAre(HasSubstr("tova")));
  ASSERT_EQ(found.metrics.rows.size(), 1U);
  EXPECT_THAT(found.metrics.rows[0],
              ElementsAre(HasSubstr("h2o"), "KV footprint", "40.00 %", "30.00 %", "-25.00 %"));
  EXPECT_TRUE(compare_results(first, first).equal());
}

}  // namespace
}  // namespace kvfoot
