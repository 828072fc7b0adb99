// How many entries are kept: published tables, head counts, shares of a budget.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/policy/budget.hpp"
#include "sim/policy/head_choice.hpp"
#include "tests/policy/drive.hpp"

namespace kvfoot::test {
namespace {

using ::testing::ElementsAre;

// Kept of one chunk of x rows per layer, as the middle chunk (patched) or the last one.
std::vector<std::int64_t> kept_per_layer(const std::string& spec, std::int32_t layers,
                                         std::int64_t x, bool patched) {
  const ModelShape shape = small_shape(layers, 1, 1);
  const RunLengths run = lengths(3 * x, 0, x);
  const auto policy = make(spec + (patched ? ",patch=true" : ""), shape, run);
  const PassView view{pass_at(run, 1, policy->patch_window()), run, layers};
  std::vector<std::int64_t> kept;
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    kept.push_back(policy->kept_count(view, layer, 0, 1000).value() - 1000);
  }
  return kept;
}

struct Row {
  std::int64_t x;
  const char* sparsity;
  bool patched;
  std::int64_t first, middle, last;
  double mean;
};

TEST(PyramidKv, PublishedTableFor32Layers) {
  const Row rows[] = {
      {32768, "0.5", true, 31949, 16889, 825, 16387.0},
      {32768, "0.5", false, 31888, 16888, 888, 16388.0},
      {32768, "0.6", true, 25559, 13514, 666, 13112.5},
      {32768, "0.7", true, 19169, 10139, 507, 9838.0},
      {32768, "0.7", false, 19108, 10138, 570, 9839.0},
      {32768, "0.8", true, 12779, 6764, 348, 6563.5},
      {32768, "0.9", true, 6389, 3389, 189, 3289.0},
      {8192, "0.5", true, 7988, 4223, 207, 4097.5},
      {8192, "0.7", true, 4792, 2542, 142, 2467.0},
      {8192, "0.9", false, 1537, 847, 111, 824.0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(std::to_string(row.x) + " " + row.sparsity + (row.patched ? " patched" : ""));
    const auto kept =
        kept_per_layer("pyramidkv:sparsity=" + std::string(row.sparsity), 32, row.x, row.patched);
    EXPECT_EQ(kept[0], row.first);
    EXPECT_EQ(kept[15], row.middle);
    EXPECT_EQ(kept[31], row.last);
    double sum = 0;
    for (const std::int64_t k : kept) {
      sum += static_cast<double>(k);
    }
    EXPECT_DOUBLE_EQ(sum / 32, row.mean);
  }
}

TEST(PyramidKv, MildSparsityIsSnapKv) {
  const std::int64_t expected[] = {29491, 26214, 22937, 19660};
  for (int i = 0; i < 4; ++i) {
    const std::string sparsity = "sparsity=0." + std::to_string(i + 1);
    for (const bool patched : {false, true}) {
      const auto pyramid = kept_per_layer("pyramidkv:" + sparsity, 32, 32768, patched);
      EXPECT_EQ(pyramid, kept_per_layer("snapkv:" + sparsity, 32, 32768, patched));
      EXPECT_EQ(pyramid[0], expected[i]);
      EXPECT_EQ(pyramid[31], expected[i]);
    }
  }
}

TEST(PyramidKv, SmallTables) {
  EXPECT_THAT(kept_per_layer("pyramidkv:window=2,sparsity=0.75", 4, 16, false),
              ElementsAre(6, 5, 4, 3));
  EXPECT_THAT(kept_per_layer("pyramidkv:window=2,sparsity=0.75", 4, 16, true),
              ElementsAre(8, 6, 4, 2));
  EXPECT_THAT(kept_per_layer("pyramidkv:window=2,sparsity=0.5", 4, 16, false),
              ElementsAre(14, 10, 6, 2));
  EXPECT_THAT(kept_per_layer("pyramidkv:window=2,sparsity=0.5", 4, 16, true),
              ElementsAre(16, 11, 6, 1));
  // B = 9: 2 * 9 is no more than 16 + 2 tokens, so it is a pyramid; its top is clamped to the 16
  // candidates, its foot raised to 2 * 9 - 16 = 2, the step is 14 / 3.
  EXPECT_THAT(kept_per_layer("pyramidkv:window=2,sparsity=0.4375", 4, 16, true),
              ElementsAre(16, 12, 8, 4));
  // B = 10: 2 * 10 is more than 18, so every layer keeps 10.
  EXPECT_THAT(kept_per_layer("pyramidkv:window=2,sparsity=0.375", 4, 16, true),
              ElementsAre(10, 10, 10, 10));
  EXPECT_THAT(kept_per_layer("pyramidkv:window=4,sparsity=0.75", 8, 64, false),
              ElementsAre(28, 25, 22, 19, 16, 13, 10, 7));
  EXPECT_THAT(kept_per_layer("pyramidkv:window=4,sparsity=0.75", 8, 64, true),
              ElementsAre(32, 28, 24, 20, 16, 12, 8, 4));
  EXPECT_THAT(kept_per_layer("pyramidkv:window=4,sparsity=0.25", 8, 64, false),
              ElementsAre(48, 48, 48, 48, 48, 48, 48, 48));
}

// capacity = budget of a prompt in one pass.
std::vector<std::int64_t> stand_alone(std::int64_t capacity, std::int64_t tokens) {
  const ModelShape shape = small_shape(32, 1, 1);
  const RunLengths run = lengths(tokens, 0);
  const auto policy = make("pyramidkv:window=8,budget=" + std::to_string(capacity), shape, run);
  const PassView view{pass_at(run, 0, 0), run, 32};
  std::vector<std::int64_t> candidates;
  for (std::int32_t layer = 0; layer < 32; ++layer) {
    candidates.push_back(policy->kept_count(view, layer, 0, 0).value() - 8);
  }
  return candidates;
}

TEST(PyramidKv, StandAloneCapacities) {
  const auto wide = stand_alone(2048, 10000);
  EXPECT_EQ(wide[0], 3978);
  EXPECT_EQ(wide[1], 3978 - 125);
  EXPECT_EQ(wide[31], 103);
  EXPECT_THAT(stand_alone(2048, 3000), ::testing::Each(2040));
  const auto narrow = stand_alone(128, 5000);
  EXPECT_EQ(narrow[0], 234);
  EXPECT_EQ(narrow[1], 227);
  EXPECT_EQ(narrow[31], 17);
}

TEST(PyramidKv, OneLayerHasNoPyramid) {
  EXPECT_THAT(kept_per_layer("pyramidkv:window=2,sparsity=0.75", 1, 16, false), ElementsAre(4));
}

TEST(SnapKv, TruncatesInDoubleAsTheReferenceDoes) {
  EXPECT_THAT(kept_per_layer("snapkv:sparsity=0.9", 1, 32768, true), ElementsAre(3276));
  EXPECT_THAT(kept_per_layer("snapkv:sparsity=0.7", 1, 32768, true), ElementsAre(9830));
  // 1 - .8 is a little below .2 in binary.
  EXPECT_THAT(kept_per_layer("snapkv:sparsity=0.8", 1, 10, true), ElementsAre(1));
}

TEST(Duo, HeadCountsOf256Heads) {
  const std::int64_t exact[] = {230, 204, 179, 153, 128, 102, 76, 51, 25};
  const std::int64_t quantile[] = {230, 205, 179, 154, 128, 103, 77, 52, 26};
  for (int i = 1; i <= 9; ++i) {
    const Decimal s{i, 1};
    EXPECT_EQ(retrieval_heads(256, s, HeadRounding::kExact), exact[i - 1]);
    EXPECT_EQ(retrieval_heads(256, s, HeadRounding::kDuo), quantile[i - 1]);
  }
  for (const HeadRounding rounding : {HeadRounding::kExact, HeadRounding::kDuo}) {
    EXPECT_EQ(retrieval_heads(256, Decimal{0, 0}, rounding), 256);
    EXPECT_EQ(retrieval_heads(256, Decimal{1, 0}, rounding), 0);
    EXPECT_EQ(retrieval_heads(256, Decimal{10, 1}, rounding), 0);
  }
}

TEST(Budget, TokensAreSharedOutByLengthAndSumUp) {
  const ModelShape shape = small_shape(2, 1, 1);
  for (const std::int64_t budget : {1, 7, 50, 99, 100, 101, 500}) {
    for (const std::int64_t chunk : {1, 7, 30, 100}) {
      const RunLengths run = lengths(100, 0, chunk);
      const Budget share = Budget::tokens(budget, run);
      std::int64_t sum = 0;
      for (std::int64_t i = 0; i < run.passes(); ++i) {
        const Pass pass = pass_at(run, i, 0);
        const std::int64_t part = share.of_pass(pass);
        EXPECT_LE(part, pass.rows());
        EXPECT_GE(part, 0);
        sum += part;
      }
      EXPECT_EQ(sum, std::min<std::int64_t>(budget, 100));
    }
  }
}

TEST(Budget, BytesAreForTheWholeModel) {
  const ModelShape shape = small_shape(2, 2, 2);  // 4 streams of 2 * 4 * 2 = 16 bytes in bf16
  const RunLengths run = lengths(100, 0);
  const PassView view{pass_at(run, 0, 0), run, 2};
  const auto kept = [&](const std::string& spec) {
    return make(spec, shape, run)->kept_count(view, 0, 0, 0).value();
  };
  EXPECT_EQ(kept("snapkv:bytes=640"), 10);
  EXPECT_EQ(kept("snapkv:bytes=703"), 10);
  EXPECT_EQ(kept("snapkv:bytes=704"), 11);
  EXPECT_EQ(kept("tova:bytes=704"), 11);
  EXPECT_EQ(kept("h2o:bytes=704"), 11);
  EXPECT_EQ(kept("snapkv:bytes=1408,group=none"), 11);  // twice the streams
  const auto refused = try_policy("tova:bytes=63", shape, run);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), ::testing::HasSubstr("64 B"));
}

TEST(Budget, H2oSplitsInHalfTheOddOneIsRecent) {
  const ModelShape shape = small_shape(1, 1, 1);
  const RunLengths run = lengths(9, 0);
  // Mass falls with the position: heavy entries are the first ones.
  const Logit falling = [](std::int32_t, std::int32_t, TokenPos, TokenPos key) {
    return -static_cast<float>(key);
  };
  EXPECT_THAT(residency_by_pass(*make("h2o:budget=5", shape, run), shape, run, falling)[0][0],
              ElementsAre(0, 1, 6, 7, 8));
  EXPECT_THAT(residency_by_pass(*make("h2o:sparsity=0.5", shape, run), shape, run, falling)[0][0],
              ElementsAre(0, 1, 7, 8));
}

TEST(Budget, OneThatCoversTheContextKeepsEverythingAndSaysSo) {
  const ModelShape shape = small_shape(1, 1, 1);
  const RunLengths run = lengths(10, 4);
  for (const char* spec : {"snapkv:budget=10", "pyramidkv:budget=4000", "tova:budget=14",
                           "h2o:heavy=7,recent=7", "tova", "h2o"}) {
    const auto policy = make(spec, shape, run);
    ASSERT_EQ(policy->remarks().size(), 1U) << spec;
    EXPECT_EQ(policy->remarks()[0].first, "budget_covers_context") << spec;
    EXPECT_EQ(residency_by_pass(*policy, shape, run, hashed_logits(1)).back()[0].size(), 14U);
  }
  EXPECT_TRUE(make("snapkv:budget=9", shape, run)->remarks().empty());
  EXPECT_TRUE(make("tova:budget=13", shape, run)->remarks().empty());
}

TEST(Budget, ChunksThatKeepNothingOrTakeNoVotesSaySo) {
  const ModelShape shape = small_shape(1, 1, 1);
  const auto said = [&](const char* spec, std::int64_t chunk) {
    const auto policy = make(spec, shape, lengths(100, 4, chunk));
    return policy->remarks().empty() ? std::string() : policy->remarks()[0].first;
  };
  EXPECT_EQ(said("snapkv:sparsity=0.7,window=2", 3), "budget_keeps_nothing");  // int(0.3 * 3)
  EXPECT_EQ(said("random:sparsity=0.7", 3), "budget_keeps_nothing");
  EXPECT_EQ(said("snapkv:sparsity=0.7,window=3", 10), "votes_count_nothing");  // int(3.0) of 10
  EXPECT_EQ(said("pyramidkv:sparsity=0.7,window=64", 10), "votes_count_nothing");
  EXPECT_EQ(said("snapkv:sparsity=0.7,window=2", 10), "");
  EXPECT_EQ(said("snapkv:sparsity=0.7,window=64,patch=true", 10), "");  // the prompt's end votes
  EXPECT_EQ(said("snapkv:sparsity=0.7,window=2,evict=end", 3), "");
  EXPECT_EQ(said("snapkv:sparsity=0.7,window=64", 100), "");  // 30 entries, one pass
}

TEST(PaperForm, WhoHasOne) {
  const ModelShape shape = small_shape(4, 2, 2);
  const RunLengths run = lengths(100, 10, 32);
  const auto form = [&](const std::string& spec) { return make(spec, shape, run)->paper_form(); };
  EXPECT_EQ(form("full")->streaming_share, 0);
  EXPECT_EQ(form("full")->sparsity, 0);
  EXPECT_EQ(form("streaming:sinks=2,window=5")->streaming_share, 1);
  EXPECT_EQ(form("streaming:sinks=2,window=5")->window, 5);
  EXPECT_EQ(form("duo:sparsity=0.3,sinks=3")->streaming_share, 0.3);  // not the rounded share
  EXPECT_EQ(form("duo:sparsity=0.3,sinks=3,rest=snapkv:sparsity=0.4")->sparsity, 0.4);
  EXPECT_EQ(form("duo:sparsity=0.3,sinks=3")->sinks, 3);
  EXPECT_EQ(form("snapkv:sparsity=0.9,patch=true")->sparsity, 0.9);
  EXPECT_EQ(form("pyramidkv:sparsity=0.9")->sparsity, 0.9);
  for (const char* none : {"h2o", "tova", "snapkv:budget=30", "snapkv:evict=end",
                           "streaming:evict=end", "duo:sparsity=0.5,rest=tova",
                           "duo:sparsity=0.5,rest=streaming", "duo:sparsity=0.5,evict=end"}) {
    EXPECT_FALSE(form(none).has_value()) << none;
  }
  // In one pass, evicting after it and at the end are the same.
  const RunLengths whole = lengths(100, 10);
  EXPECT_TRUE(make("snapkv:evict=end", shape, whole)->paper_form().has_value());
}

}  // namespace
}  // namespace kvfoot::test
