// Scores of the voting window: the worked vector of SnapKV, edges, and the order of additions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/core/hash.hpp"
#include "sim/core/pooling.hpp"

namespace kvfoot {
namespace {

using Pool = AttentionQuery::Pool;

std::vector<float> pooled(const std::vector<float>& raw, Pool kind, std::int32_t kernel) {
  std::vector<float> out(raw.size());
  pool(raw, kind, kernel, out);
  return out;
}

void expect_near(const std::vector<float>& got, const std::vector<float>& want, float tolerance) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t j = 0; j < got.size(); ++j) {
    EXPECT_NEAR(got[j], want[j], tolerance) << j;
  }
}

// d = 2, six keys, voters (1, 0) and (0, 1), kernel 3: methods of the SnapKV code.
TEST(Pooling, WorkedVector) {
  const float keys[6][2] = {{1, 0}, {0, 1}, {2, 0}, {0, 2}, {1, 1}, {.5F, -.5F}};
  const float voters[2][2] = {{1, 0}, {0, 1}};
  std::vector<float> raw(4, 0.0F);
  for (int r = 0; r < 2; ++r) {
    std::vector<double> p(6, 0.0);
    double total = 0;
    for (std::size_t j = 0; j < static_cast<std::size_t>(5 + r); ++j) {
      p[j] = std::exp((static_cast<double>(voters[r][0]) * static_cast<double>(keys[j][0]) +
                       static_cast<double>(voters[r][1]) * static_cast<double>(keys[j][1])) /
                      std::sqrt(2.0));
      total += p[j];
    }
    std::vector<float> row;
    for (std::size_t j = 0; j < 4; ++j) {
      row.push_back(static_cast<float>(p[j] / total));
    }
    add_row(row, raw);
  }
  expect_near(raw, {.291414F, .284884F, .496452F, .476679F}, 1e-6F);
  expect_near(pooled(raw, Pool::kAverage, 3), {.192099F, .357583F, .419338F, .324377F}, 1e-6F);
  expect_near(pooled(raw, Pool::kMax, 3), {.291414F, .496452F, .496452F, .496452F}, 1e-6F);
  EXPECT_EQ(pooled(raw, Pool::kNone, 3), raw);
}

TEST(Pooling, AgreesWithTheNaiveSumToTheBit) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::vector<float> raw(1 + hash_words(i, 1) % 70);
    for (std::size_t j = 0; j < raw.size(); ++j) {
      raw[j] = static_cast<float>(unit_interval(hash_words(i, 2, j)));
    }
    const auto kernel = static_cast<std::int32_t>(1 + 2 * (hash_words(i, 3) % 6));
    const auto average = pooled(raw, Pool::kAverage, kernel);
    const auto largest = pooled(raw, Pool::kMax, kernel);
    for (std::int64_t j = 0; j < static_cast<std::int64_t>(raw.size()); ++j) {
      float sum = 0;
      float most = -std::numeric_limits<float>::infinity();
      for (std::int64_t t = j - kernel / 2; t <= j + kernel / 2; ++t) {
        if (t >= 0 && t < static_cast<std::int64_t>(raw.size())) {
          sum += raw[static_cast<std::size_t>(t)];
          most = std::max(most, raw[static_cast<std::size_t>(t)]);
        }
      }
      ASSERT_EQ(average[static_cast<std::size_t>(j)], sum / static_cast<float>(kernel));
      ASSERT_EQ(largest[static_cast<std::size_t>(j)], most);
    }
  }
}

TEST(Pooling, GroupMeanAddsHeadsInOrder) {
  AttentionQuery query;
  query.pool = Pool::kAverage;
  query.kernel = 3;
  const std::vector<std::vector<float>> heads = {{.1F, .7F, .2F}, {.3F, .3F, .4F}, {.9F, 0, .1F}};
  std::vector<float> score(3, 0.0F);
  for (const auto& head : heads) {
    add_pooled(head, query, score);
  }
  divide_by(score, 3);
  for (std::size_t j = 0; j < 3; ++j) {
    const float want =
        (pooled(heads[0], Pool::kAverage, 3)[j] + pooled(heads[1], Pool::kAverage, 3)[j]) +
        pooled(heads[2], Pool::kAverage, 3)[j];
    EXPECT_EQ(score[j], want / 3.0F);
  }
}

TEST(Pooling, RenormalisedRowsSumToOne) {
  std::vector<float> row = {.2F, .1F, .1F};
  renormalise(row);
  expect_near(row, {.5F, .25F, .25F}, 1e-6F);
  std::vector<float> empty = {0, 0};
  renormalise(empty);
  EXPECT_EQ(empty, (std::vector<float>{0, 0}));
}

TEST(PoolingDeath, EvenKernelsAreABug) {
  std::vector<float> raw(4, 1.0F);
  std::vector<float> out(4);
  EXPECT_DEATH(pool(raw, Pool::kAverage, 2, out), "kernel");
}

}  // namespace
}  // namespace kvfoot
