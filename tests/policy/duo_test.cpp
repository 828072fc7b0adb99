// Head splits: masks, gates, hashes, and a second policy for the other heads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/policy/head_choice.hpp"
#include "tests/policy/drive.hpp"

namespace kvfoot::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const ModelShape kShape = small_shape(2, 3, 2);
const RunLengths kRun = lengths(40, 2, 10);

// 1 where the head still holds everything at the end, per stream.
std::vector<int> whole_heads(const std::string& spec, const std::string& file = "",
                             const ModelShape& shape = kShape) {
  const auto held =
      residency_by_pass(*make(spec, shape, kRun, file), shape, kRun, hashed_logits(2));
  std::vector<int> whole;
  for (const Positions& stream : held.back()) {
    EXPECT_TRUE(stream.size() == 42U || stream.size() == 5U);
    whole.push_back(stream.size() == 42U ? 1 : 0);
  }
  return whole;
}

const std::string kRule = ",sinks=2,window=3";

TEST(Duo, MaskSaysWhichHeadsStream) {
  EXPECT_THAT(whole_heads("duo:heads=m.tsv" + kRule, "1\t0\t0\n0\t1\t1\n"),
              ElementsAre(1, 0, 0, 0, 1, 1));
  // Written as floats, with spaces and empty lines.
  EXPECT_THAT(whole_heads("duo:heads=m.tsv" + kRule, "\n0.0 1.0 0\r\n\n1 1 1\n"),
              ElementsAre(0, 1, 0, 1, 1, 1));
  const auto form = make("duo:heads=m.tsv", kShape, kRun, "1 0 0\n0 1 1\n")->paper_form();
  EXPECT_DOUBLE_EQ(form->streaming_share, 0.5);
}

TEST(Duo, GatesKeepTheLargest) {
  const std::string gates = "0.9 0.1 0.5\n0.5 0.7 0.5\n";
  EXPECT_THAT(whole_heads("duo:sparsity=0.5,heads=g.tsv" + kRule, gates),
              ElementsAre(1, 0, 1, 0, 1, 0));  // of the three at 0.5 the first
  EXPECT_THAT(whole_heads("duo:sparsity=0.7,heads=g.tsv" + kRule, gates),
              ElementsAre(1, 0, 0, 0, 0, 0));  // int(6 * 0.3) = 1
  EXPECT_THAT(whole_heads("duo:sparsity=0.7,rounding=duo,heads=g.tsv" + kRule, gates),
              ElementsAre(1, 0, 0, 0, 1, 0));  // 6 - ceil(0.7 * 5) = 2
}

TEST(Duo, QuantileClipsGatesExactDoesNot) {
  const std::string gates = "1.5 1.2 2.0\n-1 -2 0\n";
  EXPECT_THAT(whole_heads("duo:sparsity=0.8,heads=g.tsv" + kRule, gates),
              ElementsAre(0, 0, 1, 0, 0, 0));
  EXPECT_THAT(whole_heads("duo:sparsity=0.8,rounding=duo,heads=g.tsv" + kRule, gates),
              ElementsAre(1, 1, 0, 0, 0, 0));  // all ones after clipping: the first two
}

TEST(Duo, PublishedEvaluatorSendsMasksThroughTheQuantile) {
  // int(6 * 0.3) = 1 head in the mask; the quantile keeps 2: one more, here the first zero.
  EXPECT_THAT(whole_heads("duo:sparsity=0.7,rounding=duo,heads=m.tsv" + kRule, "0 0 0\n0 1 0\n"),
              ElementsAre(1, 0, 0, 0, 1, 0));
}

TEST(Duo, HashChoosesTheRightNumberAndSaysSo) {
  const ModelShape shape = small_shape(8, 4, 1);
  for (int i = 0; i <= 10; ++i) {
    const std::string s = i == 10 ? "1" : "0." + std::to_string(i);
    const auto whole = whole_heads("duo:sparsity=" + s + kRule, "", shape);
    EXPECT_EQ(std::count(whole.begin(), whole.end(), 1), 32 * (10 - i) / 10) << s;
  }
  const auto policy = make("duo:sparsity=0.5", kShape, kRun);
  ASSERT_EQ(policy->remarks().size(), 1U);
  EXPECT_EQ(policy->remarks()[0].first, "heads_by_hash");
  PolicyContext other{.shape = shape, .run = kRun, .seed = 1};
  const auto spec = parse_policy("duo:sparsity=0.5").value();
  const auto a = make_policy(spec, {.shape = shape, .run = kRun}).value();
  const auto b = make_policy(spec, other).value();
  int differ = 0;
  for (std::int32_t layer = 0; layer < 8; ++layer) {
    for (std::int32_t head = 0; head < 4; ++head) {
      differ += a->decode_cap(layer, head) != b->decode_cap(layer, head) ? 1 : 0;
    }
  }
  EXPECT_GT(differ, 0);
}

TEST(Duo, RestDecidesForRetrievalHeadsOnly) {
  const std::string mask = "1 0 1\n0 0 0\n";
  const std::string spec = "duo:heads=m,sinks=2,window=3,rest=snapkv:sparsity=0.5,window=2";
  const auto policy = make(spec, kShape, kRun, mask);
  Log log;
  drive(*policy, kShape, kRun, hashed_logits(4), &log);
  for (const AnswerRecord& answer : log.answers) {
    EXPECT_EQ(answer.layer, 0);
    EXPECT_NE(answer.head, 1);
  }
  EXPECT_EQ(log.answers.size(), 4U * 2U);
  // The heads that rest= decides for keep what snapkv alone would keep of them.
  const auto duo = residency_by_pass(*policy, kShape, kRun, hashed_logits(4)).back();
  const auto alone = residency_by_pass(*make("snapkv:sparsity=0.5,window=2", kShape, kRun), kShape,
                                       kRun, hashed_logits(4))
                         .back();
  EXPECT_EQ(duo[0], alone[0]);
  EXPECT_EQ(duo[2], alone[2]);
  EXPECT_THAT(duo[1], ElementsAre(0, 1, 39, 40, 41));
}

TEST(Duo, RestAcrossHeadsSeesItsHeadsAlone) {
  // TOVA takes one set for all its heads: with streaming heads among them lengths would differ.
  const auto held = residency_by_pass(
      *make("duo:heads=m,sinks=2,window=3,rest=tova:budget=7", kShape, kRun, "1 0 1\n0 0 0\n"),
      kShape, kRun, hashed_logits(4));
  EXPECT_EQ(held.back()[0].size(), 7U);
  EXPECT_EQ(held.back()[0], held.back()[2]);
  EXPECT_EQ(held.back()[1].size(), 5U);
}

TEST(Duo, CopiesPerQueryHeadFollowTheirKvHead) {
  const auto policy =
      make("duo:heads=m,sinks=2,window=3,rest=snapkv:group=none", kShape, kRun, "1 0 1\n0 0 0\n");
  EXPECT_EQ(policy->storage(), Storage::kQueryHeads);
  EXPECT_EQ(policy->decode_cap(0, 1), kUncapped);
  EXPECT_EQ(policy->decode_cap(0, 2), 5);
  EXPECT_EQ(policy->decode_cap(0, 3), 5);
  EXPECT_EQ(policy->decode_cap(0, 4), kUncapped);
  EXPECT_EQ(policy->decode_cap(1, 5), 5);
}

TEST(Duo, RefusesWithAReason) {
  const auto message = [](const std::string& spec, const std::string& file = "") {
    const auto result = try_policy(spec, kShape, kRun, file);
    return result.ok() ? std::string("accepted") : result.error().message();
  };
  EXPECT_THAT(message("duo"), HasSubstr("neither sparsity nor heads"));
  EXPECT_THAT(message("duo:heads=m", "1 0\n0 1 1\n"), HasSubstr("m: line 1: 2 columns"));
  EXPECT_THAT(message("duo:heads=m", "1 0 0\n"), HasSubstr("1 lines of gates"));
  EXPECT_THAT(message("duo:heads=m", "1 0 0\n1 0 0\n1 0 0\n"), HasSubstr("more than 2 lines"));
  EXPECT_THAT(message("duo:heads=m", ""), HasSubstr("2 layers of 3 KV heads"));
  EXPECT_THAT(message("duo:heads=m", "1 0 x\n0 1 1\n"), HasSubstr("'x' is not a number"));
  EXPECT_THAT(message("duo:heads=m", "1 0 nan\n0 1 1\n"), HasSubstr("not a number"));
  EXPECT_THAT(message("duo:heads=m", "1 0 0.5\n0 1 1\n"), HasSubstr("sparsity is missing"));
  EXPECT_THAT(message("duo:heads=m,sparsity=0.5", "1 0 0\n0 1 1\n"), HasSubstr("drop sparsity="));
  EXPECT_THAT(message("duo:sparsity=0.5,rest=duo:sparsity=0.5"),
              HasSubstr("duo inside another policy"));
  EXPECT_THAT(message("duo:sparsity=0.5,rest=streaming:reindex=true"), HasSubstr("re-index"));
}

}  // namespace
}  // namespace kvfoot::test
