// Selection against a sort, and pooling against its definition.
#include "sim/policy/select.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "sim/core/hash.hpp"
#include "sim/core/pooling.hpp"
#include "sim/policy/select_kernels.hpp"

namespace kvfoot {
namespace {

using ::testing::ElementsAre;

std::vector<std::int32_t> naive_top(const std::vector<float>& scores, std::int64_t k) {
  std::vector<std::int32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(std::max<std::int64_t>(k, 0))));
  std::sort(order.begin(), order.end());
  return order;
}

std::vector<std::int32_t> top(const std::vector<float>& scores, std::int64_t k) {
  std::vector<std::int32_t> out;
  append_top(scores, k, 0, out);
  return out;
}

TEST(Select, AgreesWithAStableSort) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto size = static_cast<std::size_t>(below(mix64(seed), 300));
    const std::uint64_t steps = seed % 3 == 0 ? 4 : 1U << 24U;  // few steps: many ties
    std::vector<float> scores;
    for (std::size_t i = 0; i < size; ++i) {
      const auto raw = below(hash_words(seed, i), steps);
      scores.push_back((static_cast<float>(raw) - static_cast<float>(steps / 2)) *
                       (seed % 2 == 0 ? 1e-9F : 1e3F));
    }
    const auto all = static_cast<std::int64_t>(size);
    for (const std::int64_t k :
         {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, std::int64_t{17},
          std::int64_t{150}, all - 2, all - 1, all, all + 700}) {
      ASSERT_EQ(top(scores, k), naive_top(scores, k)) << "seed " << seed << " k " << k;
    }
  }
}

// Sizes beyond a sample: a bracket that hits, misses, and gains nothing because of ties.
TEST(Select, LongArraysAgreeWithAStableSort) {
  const auto score = [](std::uint64_t seed, std::size_t i, std::size_t size) {
    const double u = unit_interval(hash_words(seed, i));
    switch (seed % 6) {
      case 0:
        return static_cast<float>(std::exp(-20.0 * u));  // heavy-tailed
      case 1:
        return u < .6 ? 0.0F : static_cast<float>(u);  // mostly ties
      case 2:
        return static_cast<float>(i) / static_cast<float>(size);  // ascending
      case 3:
        return i % (size / 128) == size / 256 ? 1e9F : static_cast<float>(-u);  // fools the sample
      case 4:
        return std::floor(static_cast<float>(8 * u)) - 4;
      default:
        return 1.0F;
    }
  };
  for (std::uint64_t seed = 0; seed < 18; ++seed) {
    const std::size_t size = 2049 + 1999 * seed;
    std::vector<float> scores(size);
    for (std::size_t i = 0; i < size; ++i) {
      scores[i] = score(seed, i, size);
    }
    const auto all = static_cast<std::int64_t>(size);
    for (const std::int64_t k : {std::int64_t{1}, std::int64_t{100}, all / 10, all / 2, all * 3 / 5,
                                 all * 9 / 10, all - 300, all - 1}) {
      ASSERT_EQ(top(scores, k), naive_top(scores, k)) << "seed " << seed << " k " << k;
    }
  }
}

TEST(Select, EveryInstructionSetGivesTheSameBytes) {
  const std::span<const select::Kernels> all = select::kernels();
  for (std::size_t size = 0; size < 100; ++size) {
    std::vector<float> scores;
    for (std::size_t i = 0; i < size; ++i) {
      scores.push_back(static_cast<float>(below(hash_words(size, i), 9)) - 4);
    }
    if (size > 40) {
      scores[size / 2] = std::numeric_limits<float>::quiet_NaN();
      scores[size / 3] = -0.0F;
    }
    for (const float limit : {-4.0F, 0.0F, 1.0F, 5.0F}) {
      const std::int32_t low = select::order_key(limit);
      const std::int32_t high = select::order_key(limit + 2);
      std::vector<std::vector<std::int32_t>> results;
      for (const select::Kernels& kernels : all) {
        std::vector<std::int32_t> keys(size + select::kSpare);
        std::vector<std::int32_t> kept(size + select::kSpare);
        std::size_t above = 0;
        keys.resize(kernels.between_scores(scores, low, high, keys.data(), &above));
        kept.resize(kernels.emit(scores, low, size / 7, 5, kept.data()));
        keys.push_back(static_cast<std::int32_t>(above));
        keys.insert(keys.end(), kept.begin(), kept.end());
        results.push_back(keys);
        keys.pop_back();
        std::vector<std::int32_t> again = keys;  // in place
        again.resize(keys.size() + select::kSpare);
        again.resize(kernels.between_keys(std::span(again).first(keys.size()), low, low,
                                          again.data(), &above));
        results.back().push_back(static_cast<std::int32_t>(above));
        results.back().insert(results.back().end(), again.begin(), again.end());
      }
      for (std::size_t i = 1; i < results.size(); ++i) {
        ASSERT_EQ(results[i], results[0]) << all[i].name << " size " << size;
      }
    }
  }
}

TEST(Select, OddValues) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(top({kNan, -kInf, 1, kInf}, 2), ElementsAre(2, 3));
  EXPECT_THAT(top({kNan, -kInf, 1, kInf}, 3), ElementsAre(1, 2, 3));
  EXPECT_THAT(top({-0.0F, 0.0F, -0.0F}, 2), ElementsAre(0, 1));
  EXPECT_THAT(top({0.0F, 1e-45F}, 1), ElementsAre(1));  // a denormal is more than nothing
}

TEST(Select, AppendsWithAnOffset) {
  std::vector<std::int32_t> out = {1};
  append_top(std::vector<float>{.1F, .3F, .2F}, 2, 10, out);
  append_range(20, 22, out);
  append_range(5, 5, out);
  EXPECT_THAT(out, ElementsAre(1, 11, 12, 20, 21));
}

TEST(Pooling, AverageDividesByTheKernelAlways) {
  const std::vector<float> raw = {3, 6, 9};
  std::vector<float> out(3);
  pool(raw, AttentionQuery::Pool::kAverage, 3, out);
  EXPECT_THAT(out, ElementsAre(3, 6, 5));
  pool(raw, AttentionQuery::Pool::kAverage, 7, out);  // wider than the input
  EXPECT_THAT(out, ElementsAre(18.0F / 7, 18.0F / 7, 18.0F / 7));
}

TEST(Pooling, MaxTakesWhatExists) {
  const std::vector<float> raw = {-3, -6, -9, -1};
  std::vector<float> out(4);
  pool(raw, AttentionQuery::Pool::kMax, 3, out);
  EXPECT_THAT(out, ElementsAre(-3, -3, -1, -1));
  pool(raw, AttentionQuery::Pool::kMax, 9, out);
  EXPECT_THAT(out, ElementsAre(-1, -1, -1, -1));
  pool(raw, AttentionQuery::Pool::kNone, 9, out);
  EXPECT_EQ(out, raw);
}

// Bit for bit against loops in the order that the header promises.
TEST(Pooling, FixedOrderOfAdditions) {
  std::vector<float> raw(513);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    raw[i] = static_cast<float>(unit_interval(mix64(i)));
  }
  for (const std::int32_t kernel : {1, 3, 5, 7, 31}) {
    std::vector<float> out(raw.size());
    pool(raw, AttentionQuery::Pool::kAverage, kernel, out);
    for (std::size_t j = 0; j < raw.size(); ++j) {
      float sum = 0;
      for (std::int32_t t = -kernel / 2; t <= kernel / 2; ++t) {
        const auto at = static_cast<std::int64_t>(j) + t;
        if (at >= 0 && at < static_cast<std::int64_t>(raw.size())) {
          sum += raw[static_cast<std::size_t>(at)];
        }
      }
      ASSERT_EQ(out[j], sum / static_cast<float>(kernel));
    }
  }
}

TEST(Pooling, RenormaliseLeavesARowWithoutMass) {
  std::vector<float> row = {1, 3};
  renormalise(row);
  EXPECT_THAT(row, ElementsAre(.25F, .75F));
  std::vector<float> nothing = {0, 0};
  renormalise(nothing);
  EXPECT_THAT(nothing, ElementsAre(0, 0));
}

}  // namespace
}  // namespace kvfoot
