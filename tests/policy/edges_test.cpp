// Where the reference codes crash or shrug: short chunks, tiny budgets, patches longer than
// prompts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/drive.hpp"

namespace kvfoot::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const ModelShape kShape = small_shape(2, 1, 2);

std::vector<Positions> after_prefill(const std::string& spec, const RunLengths& run) {
  const auto held = residency_by_pass(*make(spec, kShape, run), kShape, run, hashed_logits(11));
  return held[static_cast<std::size_t>(run.prefill_passes() - 1)];
}

TEST(Edges, ChunkShorterThanTheWindowKeepsItsLastRows) {
  // Chunks of 4, window 8: everything is window; half of it stays.
  EXPECT_THAT(after_prefill("snapkv:sparsity=0.5,window=8", lengths(12, 0, 4)),
              Each(ElementsAre(2, 3, 6, 7, 10, 11)));
}

TEST(Edges, ShortLastChunk) {
  // 10 + 3 rows: int(.5 * 3) = 1 entry of the last chunk, its last row.
  for (const Positions& stream :
       after_prefill("snapkv:sparsity=0.5,window=2", lengths(13, 0, 10))) {
    EXPECT_THAT(stream, SizeIs(6));
    EXPECT_EQ(stream.back(), 12);
    EXPECT_EQ(stream[4], 9);
    EXPECT_EQ(stream[3], 8);
  }
}

TEST(Edges, BudgetWithinTheWindowIsNotExceeded) {
  EXPECT_THAT(after_prefill("snapkv:budget=2,window=4", lengths(20, 0)), Each(ElementsAre(18, 19)));
  EXPECT_THAT(after_prefill("pyramidkv:budget=4,window=4", lengths(20, 0)),
              Each(ElementsAre(16, 17, 18, 19)));
}

TEST(Edges, EverythingMayBeEvicted) {
  const RunLengths run = lengths(12, 2, 4);
  for (const char* spec : {"snapkv:sparsity=1", "snapkv:sparsity=1,patch=true", "h2o:sparsity=1",
                           "pyramidkv:sparsity=1", "tova:sparsity=1", "h2o:heavy=0,recent=0"}) {
    EXPECT_THAT(after_prefill(spec, run), Each(IsEmpty())) << spec;
  }
  // A decode row always sees itself; SnapKV keeps what is decoded, H2O and TOVA nothing.
  const auto held =
      residency_by_pass(*make("snapkv:sparsity=1", kShape, run), kShape, run, hashed_logits(1));
  EXPECT_THAT(held.back(), Each(ElementsAre(12, 13)));
}

TEST(Edges, PatchedChunksKeepTheirBudgetByScoreAlone) {
  const RunLengths run = lengths(30, 0, 10);
  const auto policy = make("snapkv:sparsity=0.8,window=4,patch=true", kShape, run);
  // Every row likes low positions: the last rows of a chunk have no privilege.
  const Logit falling = [](std::int32_t, std::int32_t, TokenPos, TokenPos key) {
    return -static_cast<float>(key);
  };
  Log log;
  const auto held = residency_by_pass(*policy, kShape, run, falling);
  drive(*policy, kShape, run, falling, &log);
  // int((1 - .8) * 10) = 1 in double arithmetic.
  EXPECT_THAT(held[0], Each(SizeIs(1)));
  EXPECT_LT(held[0][0][0], 5);
  EXPECT_THAT(held[1], Each(SizeIs(2)));
  EXPECT_LT(held[1][0][1], 15);
  EXPECT_THAT(held[2], Each(SizeIs(3)));
  EXPECT_EQ(held[2][0][2], 29);       // the last chunk is not patched: its window is kept
  ASSERT_EQ(log.answers.size(), 4U);  // two patched chunks, two layers; the last asks nothing
  EXPECT_EQ(log.answers[0].query.window, 4);
  EXPECT_EQ(log.answers[0].values.size(), 10U);  // every row of the chunk is a candidate
}

TEST(Edges, PatchLongerThanThePromptIsThePrompt) {
  const RunLengths run = lengths(6, 0, 4);
  const auto policy = make("snapkv:sparsity=0.5,window=64,patch=true", kShape, run);
  EXPECT_EQ(pass_at(run, 0, policy->patch_window()).patch_rows, 6);
  const auto held = residency_by_pass(*policy, kShape, run, hashed_logits(3));
  EXPECT_THAT(held[0], Each(SizeIs(2)));
  EXPECT_THAT(held[1], Each(SizeIs(3)));
}

TEST(Edges, PatchEntriesNeverStay) {
  const RunLengths run = lengths(30, 3, 7);
  for (const char* spec :
       {"snapkv:sparsity=0,window=5,patch=true", "snapkv:budget=1000,window=5,patch=true",
        "pyramidkv:sparsity=0.3,window=5,patch=true",
        "duo:sparsity=0.5,sinks=1,window=4,rest=snapkv:sparsity=0.5,window=5,patch=true"}) {
    for (const auto& streams :
         residency_by_pass(*make(spec, kShape, run), kShape, run, hashed_logits(9))) {
      for (const Positions& stream : streams) {
        for (const TokenPos p : stream) {
          ASSERT_LT(p, 33) << spec;
        }
      }
    }
  }
}

TEST(Edges, PostFillVotersAreTheLastPassAlone) {
  // 10 + 2 rows, window 4: two rows vote, two are protected, the rest by score over the prompt.
  const RunLengths run = lengths(12, 0, 10);
  const auto policy = make("snapkv:sparsity=0.5,window=4,evict=end", kShape, run);
  Log log;
  drive(*policy, kShape, run, hashed_logits(6), &log);
  ASSERT_EQ(log.answers.size(), 2U);
  EXPECT_EQ(log.answers[0].query.window, 2);
  EXPECT_EQ(log.answers[0].query.scope, AttentionQuery::Scope::kResident);
  EXPECT_EQ(log.answers[0].values.size(), 10U);
  EXPECT_EQ(log.decisions[0].kept, 6);
}

TEST(Edges, EvictEndKeepsEverythingUntilTheLastPrefillPass) {
  const RunLengths run = lengths(20, 3, 6);
  for (const std::string base : {"snapkv:sparsity=0.5,window=2", "pyramidkv:sparsity=0.5,window=2",
                                 "streaming:sinks=1,window=4", "h2o:heavy=3,recent=3",
                                 "tova:budget=5", "duo:sparsity=1,sinks=1,window=4"}) {
    const auto held =
        residency_by_pass(*make(base + ",evict=end", kShape, run), kShape, run, hashed_logits(8));
    for (std::size_t pass = 0; pass + 1 < 4; ++pass) {
      EXPECT_THAT(held[pass], Each(SizeIs((pass + 1) * 6))) << base;
    }
    EXPECT_LT(held[3][0].size(), 20U) << base;
  }
}

TEST(Edges, NothingToPrefill) {
  // The one prompt token is the first decode row: SnapKV never evicts, streaming does.
  const RunLengths run = lengths(1, 5, kWholePrompt, LastPromptToken::kDecode);
  const auto snap = residency_by_pass(*make("snapkv", kShape, run), kShape, run, hashed_logits(1));
  EXPECT_THAT(snap.back(), Each(SizeIs(6)));
  const auto streaming = residency_by_pass(
      *make("streaming:sinks=1,window=2,evict=end", kShape, run), kShape, run, hashed_logits(1));
  EXPECT_THAT(streaming.back(), Each(ElementsAre(0, 4, 5)));
}

TEST(Edges, WindowWithoutSinks) {
  const RunLengths run = lengths(8, 0, 4);
  EXPECT_THAT(after_prefill("streaming:sinks=0,window=3", run), Each(ElementsAre(5, 6, 7)));
}

}  // namespace
}  // namespace kvfoot::test
