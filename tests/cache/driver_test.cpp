// The driver against a naive twin on sets of positions, its log, and its checks.
#include "sim/cache/driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/policy/contract.hpp"
#include "tests/policy/drive.hpp"

namespace kvfoot::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Residency as sets, answers asked for every layer, nothing clever.
class Twin {
 public:
  Twin(const Policy& policy, const ModelShape& shape, const RunLengths& run, const Logit& logit)
      : policy_(policy),
        shape_(shape),
        run_(run),
        attention_(shape, policy.storage(), logit, run.rows()) {}

  std::vector<std::vector<Positions>> run() {
    const std::int32_t heads = storage_heads(policy_, shape_);
    std::vector<std::set<TokenPos>> held(static_cast<std::size_t>(shape_.layers * heads));
    std::vector<std::vector<Positions>> by_pass;
    for (std::int64_t i = 0; i < run_.passes(); ++i) {
      const Pass pass = pass_at(run_, i, policy_.patch_window());
      const PassView pass_view{pass, run_, shape_.layers};
      std::vector<LayerKeep> earlier;
      for (std::int32_t layer = 0; layer < shape_.layers; ++layer) {
        earlier.push_back(one_layer(pass_view, layer, heads, held, earlier));
      }
      by_pass.emplace_back();
      for (const auto& stream : held) {
        by_pass.back().emplace_back(stream.begin(), stream.end());
      }
    }
    return by_pass;
  }

 private:
  LayerKeep one_layer(const PassView& pass_view, std::int32_t layer, std::int32_t heads,
                      std::vector<std::set<TokenPos>>& held,
                      const std::vector<LayerKeep>& earlier) {
    const Pass& pass = pass_view.pass;
    std::vector<Positions> resident;
    for (std::int32_t head = 0; head < heads; ++head) {
      auto& stream = held[static_cast<std::size_t>(layer * heads + head)];
      for (std::int64_t p = pass.begin; p < pass.end + pass.patch_rows; ++p) {
        stream.insert(static_cast<TokenPos>(p));
      }
      resident.emplace_back(stream.begin(), stream.end());
    }
    std::vector<std::span<const TokenPos>> spans(resident.begin(), resident.end());
    attention_.attend(pass, layer, spans);
    LayerKeep keep(static_cast<std::size_t>(heads));
    if (policy_.decides(pass_view)) {
      std::vector<HeadView> views;
      for (const auto& positions : resident) {
        views.push_back(
            {positions, static_cast<std::int64_t>(positions.size()) - pass.forward_rows()});
      }
      keep = policy_
                 .decide({.pass = pass_view,
                          .layer = layer,
                          .heads = views,
                          .earlier = earlier,
                          .attention = &attention_})
                 .value();
    }
    for (std::int32_t head = 0; head < heads; ++head) {
      auto& stream = held[static_cast<std::size_t>(layer * heads + head)];
      const auto& positions = resident[static_cast<std::size_t>(head)];
      const HeadKeep& answer = keep[static_cast<std::size_t>(head)];
      std::vector<std::int32_t> kept;
      stream.clear();
      for (std::size_t i = 0; i < positions.size(); ++i) {
        const auto index = static_cast<std::int32_t>(i);
        const bool wanted = answer.all || std::find(answer.index.begin(), answer.index.end(),
                                                    index) != answer.index.end();
        if (wanted && positions[i] < pass.end) {
          stream.insert(positions[i]);
          kept.push_back(index);
        }
      }
      attention_.retain(head, kept);
    }
    return keep;
  }

  const Policy& policy_;
  const ModelShape& shape_;
  const RunLengths& run_;
  FakeAttention attention_;
};

TEST(Driver, AgreesWithItsTwinForEveryPolicy) {
  const ModelShape shape = small_shape(2, 2, 2);
  for (const PolicySpec& spec : all_variants(20)) {
    for (const RunLengths& run : {lengths(20, 4, 6), lengths(20, 3)}) {
      const auto policy = make_policy(spec, {.shape = shape, .run = run});
      if (!policy.ok()) {
        continue;
      }
      ASSERT_TRUE(residency_by_pass(**policy, shape, run, hashed_logits(17, 9)) ==
                  Twin(**policy, shape, run, hashed_logits(17, 9)).run())
          << to_string(spec);
    }
  }
}

// Keeps what a test says, for one head and layer.
class Scripted : public Policy {
 public:
  explicit Scripted(HeadKeep keep) : keep_(std::move(keep)) {}
  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    for (const AttentionQuery& query : queries) {
      KVFOOT_CHECK(view.attention->answer(query, 0).ok());
    }
    return LayerKeep(view.heads.size(), keep_);
  }
  [[nodiscard]] bool decides(const PassView&) const override { return true; }
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView&, std::int32_t, std::int32_t,
                                                       std::int64_t) const override {
    return promised;
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t, std::int32_t) const override {
    return std::nullopt;
  }
  std::vector<AttentionQuery> queries;
  std::optional<std::int64_t> promised;

 private:
  HeadKeep keep_;
};

const ModelShape kOne = small_shape(1, 1, 1);

// One pass of ten rows and `patch` patch rows under a scripted answer.
struct Outcome {
  Log log;
  Positions held;
  std::vector<std::int32_t> kept;
  bool all = false;
  std::int64_t evicted = 0;
};

Outcome one_pass(const Policy& policy, std::int64_t patch = 0) {
  Outcome outcome;
  const RunLengths run = lengths(10, 0);
  PolicyDriver driver(policy, kOne, run, &outcome.log);
  FakeAttention attention(kOne, Storage::kKvHeads, hashed_logits(1));
  Pass pass = pass_at(run, 0, 0);
  pass.patch_rows = patch;
  driver.begin_pass(pass);
  driver.append(0);
  attention.attend(pass, 0, {driver.residency().resident(0, 0)});
  const auto kept = driver.decide(0, &attention).value();
  driver.end_pass();
  outcome.kept = kept[0].index;
  outcome.all = kept[0].all;
  const auto held = driver.residency().resident(0, 0);
  outcome.held.assign(held.begin(), held.end());
  outcome.evicted = driver.evicted();
  return outcome;
}

TEST(Driver, LogsMaximalRanges) {
  const Outcome outcome = one_pass(Scripted({.all = false, .index = {2, 3, 6}}));
  ASSERT_EQ(outcome.log.decisions.size(), 1U);
  const DecisionRecord& record = outcome.log.decisions[0];
  EXPECT_EQ(record.kept, 3);
  EXPECT_THAT(record.evicted, ElementsAre(PosRange{0, 2}, PosRange{4, 6}, PosRange{7, 10}));
  EXPECT_THAT(outcome.held, ElementsAre(2, 3, 6));
  EXPECT_EQ(outcome.evicted, 7);
}

// Chunk [0, 4) keeps 0 and 3; then 0 3 4 5 6 7 are held, of which 6 and 7 stay.
class TwoSteps final : public Scripted {
 public:
  TwoSteps() : Scripted({}) {}
  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    return LayerKeep(1, view.pass.pass.index == 0 ? HeadKeep{.all = false, .index = {0, 3}}
                                                  : HeadKeep{.all = false, .index = {4, 5}});
  }
};

TEST(Driver, RangesDoNotCoverWhatWasGoneBefore) {
  const RunLengths run = lengths(8, 0, 4);
  Log log;
  const TwoSteps policy;
  PolicyDriver driver(policy, kOne, run, &log);
  for (int i = 0; i < 2; ++i) {
    driver.begin_pass(pass_at(run, i, 0));
    driver.append(0);
    ASSERT_TRUE(driver.decide(0, nullptr).ok());
    driver.end_pass();
  }
  ASSERT_EQ(log.decisions.size(), 2U);
  EXPECT_THAT(log.decisions[0].evicted, ElementsAre(PosRange{1, 3}));
  EXPECT_THAT(log.decisions[1].evicted, ElementsAre(PosRange{0, 1}, PosRange{3, 6}));
  EXPECT_THAT(driver.residency().resident(0, 0), ElementsAre(6, 7));
}

TEST(Driver, PatchEntriesGoWithoutAnEntryInTheLog) {
  const Outcome everything = one_pass(Scripted({}), 3);
  EXPECT_FALSE(everything.all);
  EXPECT_EQ(everything.held.size(), 10U);
  EXPECT_THAT(everything.log.decisions, IsEmpty());
  EXPECT_EQ(everything.evicted, 0);

  const Outcome some = one_pass(Scripted({.all = false, .index = {0, 9, 10, 12}}), 3);
  EXPECT_THAT(some.kept, ElementsAre(0, 9));
  ASSERT_EQ(some.log.decisions.size(), 1U);
  EXPECT_THAT(some.log.decisions[0].evicted, ElementsAre(PosRange{1, 9}));
}

TEST(Driver, EveryIndexNamedIsEverything) {
  const Outcome outcome =
      one_pass(Scripted({.all = false, .index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}));
  EXPECT_TRUE(outcome.all);
  EXPECT_THAT(outcome.log.decisions, IsEmpty());
}

TEST(Driver, RecordsEachQuestionOnceInAFixedOrder) {
  Scripted policy({.all = false, .index = {1}});
  const AttentionQuery last{.kind = AttentionQuery::Kind::kLastRowMass};
  const AttentionQuery mass{.kind = AttentionQuery::Kind::kAccumulatedMass};
  const AttentionQuery votes{.kind = AttentionQuery::Kind::kWindowMass, .window = 2};
  policy.queries = {last, votes, last, mass, votes};
  const Outcome outcome = one_pass(policy);
  ASSERT_EQ(outcome.log.answers.size(), 3U);
  EXPECT_EQ(outcome.log.answers[0].query, votes);
  EXPECT_EQ(outcome.log.answers[1].query, mass);
  EXPECT_EQ(outcome.log.answers[2].query, last);
  EXPECT_EQ(outcome.log.answers[0].values.size(), 8U);
  EXPECT_EQ(outcome.log.answers[2].values.size(), 10U);
}

TEST(Driver, ErrorsOfTheSourcePassThrough) {
  const RunLengths run = lengths(20, 0);
  const auto policy = make("tova:budget=3", kOne, run);
  PolicyDriver driver(*policy, kOne, run, nullptr);
  FakeAttention attention(kOne, Storage::kKvHeads, hashed_logits(1));
  attention.fail = true;
  const Pass pass = pass_at(run, 0, 0);
  driver.begin_pass(pass);
  driver.append(0);
  attention.attend(pass, 0, {driver.residency().resident(0, 0)});
  const auto kept = driver.decide(0, &attention);
  ASSERT_FALSE(kept.ok());
  EXPECT_THAT(kept.error().message(), HasSubstr("cannot know"));
  EXPECT_EQ(driver.residency().size(0, 0), 20);
}

TEST(Driver, AsksOnlyWhatTheDecisionNeeds) {
  const RunLengths run = lengths(6, 2, 3);
  const auto policy = make("snapkv:sparsity=0.5,window=1", kOne, run);
  PolicyDriver driver(*policy, kOne, run, nullptr);
  FakeAttention attention(kOne, Storage::kKvHeads, hashed_logits(1));
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    const Pass pass = pass_at(run, i, 0);
    driver.begin_pass(pass);
    driver.append(0);
    attention.attend(pass, 0, {driver.residency().resident(0, 0)});
    ASSERT_TRUE(driver.decide(0, &attention).ok());
    driver.end_pass();
  }
  // int(.5 * 3) = 1 is the window alone; decode rows are never voted on.
  EXPECT_EQ(attention.asked, 0);
  EXPECT_EQ(driver.residency().size(0, 0), 4);
}

class Compacts final : public Scripted {
 public:
  Compacts() : Scripted({}) {}
  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    view.attention->retain(0, {});
    return LayerKeep(1);
  }
};

TEST(DriverDeathTest, BrokenContractsEndTheProgram) {
  EXPECT_DEATH(one_pass(Scripted({.all = false, .index = {3, 2}})), "index 2 after 3");
  EXPECT_DEATH(one_pass(Scripted({.all = false, .index = {3, 3}})), "index 3 after 3");
  EXPECT_DEATH(one_pass(Scripted({.all = false, .index = {10}})), "index 10");
  EXPECT_DEATH(one_pass(Scripted({.all = false, .index = {-1}})), "index -1");
  Scripted liar({.all = false, .index = {1}});
  liar.promised = 2;
  EXPECT_DEATH(one_pass(liar), "kept 1, promised 2");
  EXPECT_DEATH(one_pass(Compacts()), "compacted an attention source");

  const RunLengths run = lengths(4, 0);
  const Scripted keeps_all({});
  PolicyDriver driver(keeps_all, small_shape(2, 1, 1), run, nullptr);
  driver.begin_pass(pass_at(run, 0, 0));
  EXPECT_DEATH(driver.append(1), "in order");
  driver.append(0);
  EXPECT_DEATH(driver.end_pass(), "every layer");
}

// What a layer sees of the layers before it, if it wants to.
class Copycat final : public Policy {
 public:
  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    EXPECT_EQ(static_cast<std::int32_t>(view.earlier.size()), view.layer);
    if (view.layer == 0) {
      return LayerKeep(1, HeadKeep{.all = false, .index = {1, 4}});
    }
    return LayerKeep(view.earlier.front());
  }
  [[nodiscard]] bool decides(const PassView&) const override { return true; }
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView&, std::int32_t, std::int32_t,
                                                       std::int64_t) const override {
    return 2;
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t, std::int32_t) const override {
    return std::nullopt;
  }
  [[nodiscard]] bool reads_earlier_layers() const override { return true; }
};

TEST(Driver, HandsEarlierLayersToThoseWhoReadThem) {
  const auto held =
      residency_by_pass(Copycat{}, small_shape(3, 1, 1), lengths(6, 0), hashed_logits(1));
  EXPECT_THAT(held[0][2], ElementsAre(1, 4));
}

}  // namespace
}  // namespace kvfoot::test
