// Worked examples of the methods, by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/drive.hpp"

namespace kvfoot::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const ModelShape kOneHead = small_shape(1, 1, 1);

// Six keys in two dimensions, two voters (the last two rows).
float snapkv_logit(std::int32_t, std::int32_t, TokenPos row, TokenPos key) {
  constexpr float kKey[6][2] = {{1, 0}, {0, 1}, {2, 0}, {0, 2}, {1, 1}, {0.5F, -0.5F}};
  const int dimension = row == 4 ? 0 : 1;  // voters are (1, 0) and (0, 1)
  return kKey[key][dimension] / std::sqrt(2.0F);
}

Positions snapkv_keeps(const std::string& spec) {
  const RunLengths run = lengths(6, 0);
  return residency_by_pass(*make(spec, kOneHead, run), kOneHead, run, snapkv_logit)[0][0];
}

TEST(SnapKv, ScoresOfTheWorkedExample) {
  const RunLengths run = lengths(6, 0);
  Log log;
  drive(*make("snapkv:budget=3,window=2,kernel=3", kOneHead, run), kOneHead, run, snapkv_logit,
        &log);
  ASSERT_EQ(log.answers.size(), 1U);
  const std::vector<float> average = {.192099F, .357583F, .419338F, .324377F};
  ASSERT_EQ(log.answers[0].values.size(), 4U);
  for (std::size_t j = 0; j < 4; ++j) {
    EXPECT_NEAR(log.answers[0].values[j], average[j], 1e-6);
  }
  Log max_log;
  drive(*make("snapkv:budget=3,window=2,kernel=3,pool=max", kOneHead, run), kOneHead, run,
        snapkv_logit, &max_log);
  const std::vector<float> largest = {.291414F, .496452F, .496452F, .496452F};
  for (std::size_t j = 0; j < 4; ++j) {
    EXPECT_NEAR(max_log.answers[0].values[j], largest[j], 1e-6);
  }
}

TEST(SnapKv, KeptSetsOfTheWorkedExample) {
  EXPECT_THAT(snapkv_keeps("snapkv:budget=3,window=2,kernel=3"), ElementsAre(2, 4, 5));
  EXPECT_THAT(snapkv_keeps("snapkv:budget=3,window=2,kernel=3,pool=max"), ElementsAre(1, 4, 5));
  EXPECT_THAT(snapkv_keeps("snapkv:budget=4,window=2,kernel=3"), ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(snapkv_keeps("snapkv:budget=4,window=2,kernel=3,pool=max"), ElementsAre(1, 2, 4, 5));
  // A budget is never exceeded, even where the window alone would.
  EXPECT_THAT(snapkv_keeps("snapkv:budget=1,window=2"), ElementsAre(5));
  EXPECT_THAT(snapkv_keeps("snapkv:sparsity=1,window=2"), IsEmpty());
}

TEST(H2o, WorkedExample) {
  const Logit rows = table_logits({{0, {{0, 1}}},
                                   {1, {{0, .6}, {1, .4}}},
                                   {2, {{0, .5}, {1, .2}, {2, .3}}},
                                   {3, {{0, .4}, {1, .1}, {2, .2}, {3, .3}}},
                                   {4, {{0, .3}, {2, .3}, {3, .2}, {4, .2}}}});
  const RunLengths run = lengths(3, 2);
  Log log;
  const auto held =
      residency_by_pass(*make("h2o:heavy=1,recent=2", kOneHead, run), kOneHead, run, rows);
  EXPECT_THAT(held[0][0], ElementsAre(0, 1, 2));
  EXPECT_THAT(held[1][0], ElementsAre(0, 2, 3));
  EXPECT_THAT(held[2][0], ElementsAre(0, 3, 4));
  drive(*make("h2o:heavy=1,recent=2", kOneHead, run), kOneHead, run, rows, &log);
  ASSERT_EQ(log.answers.size(), 2U);
  const std::vector<std::vector<double>> mass = {{2.5, .7, .5, .3}, {2.8, .8, .5, .2}};
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      EXPECT_NEAR(log.answers[i].values[j], mass[i][j], 1e-6);
    }
  }
}

TEST(Tova, WorkedExample) {
  const Logit rows = table_logits(
      {{3, {{0, .4}, {1, .1}, {2, .2}, {3, .3}}}, {4, {{0, .3}, {2, .25}, {3, .15}, {4, .3}}}});
  const RunLengths run = lengths(3, 2);
  const auto held = residency_by_pass(*make("tova:budget=3", kOneHead, run), kOneHead, run, rows);
  EXPECT_THAT(held[1][0], ElementsAre(0, 2, 3));
  EXPECT_THAT(held[2][0], ElementsAre(0, 2, 4));
}

TEST(Streaming, CachedPositionsOfTheFootprintExample) {
  const RunLengths run = lengths(8, 4, 4);
  const auto held = residency_by_pass(*make("streaming:sinks=1,window=2", kOneHead, run), kOneHead,
                                      run, hashed_logits(1));
  EXPECT_THAT(held[0][0], ElementsAre(0, 2, 3));
  EXPECT_THAT(held[1][0], ElementsAre(0, 6, 7));
  EXPECT_THAT(held[2][0], ElementsAre(0, 7, 8));
}

}  // namespace
}  // namespace kvfoot::test
