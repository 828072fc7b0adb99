// Answers of the live attention source: the published vector, dense twins, accumulation.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "executor/cpu/live_source.hpp"
#include "sim/core/pooling.hpp"
#include "tests/cpu/attention_fixture.hpp"

namespace kvfoot::cpu_test {
namespace {

using Kind = AttentionQuery::Kind;
using Scope = AttentionQuery::Scope;
using Pool = AttentionQuery::Pool;

struct Source {
  explicit Source(const LayerFixture& layer, std::int64_t patch = 0, AttentionNeeds needs = {},
                  int threads = 2)
      : pool(threads),
        buffers(ledger),
        source(pool, buffers),
        scratch(static_cast<std::size_t>(threads)) {
    source.reset(1, layer.attention.q_heads, needs);
    source.begin_layer(layer.attention, patch, scratch);
  }
  std::vector<float> ask(const AttentionQuery& query, std::int32_t head) {
    const auto span = source.answer(query, head).value();
    return {span.begin(), span.end()};
  }
  cpu::ThreadPool pool;
  MemoryLedger ledger;
  BufferPool buffers;
  cpu::LiveSource source;
  std::vector<cpu::AttentionScratch> scratch;
};

void expect_near(const std::vector<float>& got, const std::vector<double>& expected,
                 double tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i], expected[i], tolerance) << "entry " << i;
  }
}

// Methods-core 3.1: d = 2, six tokens, two voters.
TEST(LiveSource, GivesThePublishedVector) {
  LayerFixture layer(1, 1, 2, 6, 6);
  layer.keys[0] = {1, 0, 0, 1, 2, 0, 0, 2, 1, 1, .5F, -.5F};
  layer.fill(0);
  layer.q = std::vector<float>(12, 0.0F);
  layer.q[8] = 1;
  layer.q[11] = 1;
  layer.attention.q = layer.q.data();
  Source source(layer);
  const AttentionQuery raw{Kind::kWindowMass, Scope::kPass, Pool::kNone, 2, 1};
  AttentionQuery average = raw;
  average.pool = Pool::kAverage;
  average.kernel = 3;
  AttentionQuery largest = average;
  largest.pool = Pool::kMax;
  expect_near(source.ask(raw, 0), {.291414, .284884, .496452, .476679}, 1e-6);
  expect_near(source.ask(average, 0), {.192099, .357583, .419338, .324377}, 1e-6);
  expect_near(source.ask(largest, 0), {.291414, .496452, .496452, .496452}, 1e-6);
  EXPECT_EQ(source.ask(raw, 0), source.ask(raw, 0));
}

// The raw mass per query head in double, pooled and averaged by the shared code's rule.
std::vector<double> window_twin(const LayerFixture& layer, const AttentionQuery& query,
                                std::int32_t head) {
  const std::int64_t rows = layer.attention.rows;
  const std::int64_t voters = std::min<std::int64_t>(query.window, rows);
  const std::int64_t from = query.scope == Scope::kPass ? layer.past(head) : 0;
  const std::int64_t count = layer.past(head) + rows - from - voters;
  std::vector<double> total(static_cast<std::size_t>(count), 0.0);
  for (std::int32_t h = 0; h < layer.attention.group; ++h) {
    std::vector<double> raw(static_cast<std::size_t>(count), 0.0);
    for (std::int64_t r = rows - voters; r < rows; ++r) {
      const auto p = layer.row(head * layer.attention.group + h, r, from);
      for (std::size_t j = 0; j < raw.size(); ++j) {
        raw[j] += p[j];
      }
    }
    const std::int64_t reach = query.kernel / 2;
    for (std::int64_t j = 0; j < count; ++j) {
      double pooled = query.pool == Pool::kMax ? -1.0 : 0.0;
      for (std::int64_t i = j - reach; i <= j + reach; ++i) {
        if (i >= 0 && i < count) {
          const double v = raw[static_cast<std::size_t>(i)];
          pooled = query.pool == Pool::kMax ? std::max(pooled, v) : pooled + v;
        }
      }
      total[static_cast<std::size_t>(j)] +=
          query.pool == Pool::kAverage ? pooled / query.kernel : pooled;
    }
  }
  for (double& v : total) {
    v /= layer.attention.group;
  }
  return total;
}

TEST(LiveSource, WindowMassAgreesWithTheTwin) {
  for (const std::int64_t rows : {1, 5, 33, 80}) {
    for (const std::int64_t past : {0, 40}) {
      const LayerFixture layer(4, 2, 16, past + rows, rows);
      Source source(layer, std::min<std::int64_t>(rows - 1, 3));
      for (const std::int32_t window : {1, 4, 64}) {
        for (const Scope scope : {Scope::kPass, Scope::kResident}) {
          for (const Pool pool : {Pool::kAverage, Pool::kMax}) {
            const AttentionQuery query{Kind::kWindowMass, scope, pool, window, 5};
            for (std::int32_t head = 0; head < 2; ++head) {
              expect_near(source.ask(query, head), window_twin(layer, query, head), 2e-6);
            }
          }
        }
      }
    }
  }
}

TEST(LiveSource, AnswersDoNotDependOnTheNumberOfThreads) {
  const LayerFixture layer(8, 4, 16, 120, 60);
  const AttentionQuery query{Kind::kWindowMass, Scope::kPass, Pool::kAverage, 16, 5};
  Source one(layer, 0, {}, 1);
  Source three(layer, 0, {}, 3);
  for (std::int32_t head = 0; head < 4; ++head) {
    EXPECT_EQ(one.ask(query, head), three.ask(query, head));
  }
}

TEST(LiveSource, LastRowSkipsPatchRows) {
  const LayerFixture layer(4, 2, 16, 50, 12);
  Source source(layer, 4);
  for (std::int32_t head = 0; head < 2; ++head) {
    std::vector<double> expected(50, 0.0);
    for (std::int32_t h = 0; h < 2; ++h) {
      const auto p = layer.row(2 * head + h, 7);
      for (std::size_t j = 0; j < p.size(); ++j) {
        expected[j] += p[j] / 2;
      }
    }
    expect_near(source.ask({Kind::kLastRowMass}, head), expected, 1e-6);
    EXPECT_EQ(source.ask({Kind::kLastRowMass}, head).back(), 0.0F);
  }
}

TEST(LiveSource, KeyNormsAreThoseOfTheCachedKeys) {
  const LayerFixture layer(2, 1, 16, 30, 3, cpu::Scalar::kBF16);
  Source source(layer);
  const auto norms = source.ask({Kind::kKeyNorm}, 0);
  ASSERT_EQ(norms.size(), 30U);
  for (std::size_t i = 0; i < norms.size(); ++i) {
    double squares = 0;
    for (std::size_t k = 0; k < 16; ++k) {
      const float rounded = bf16_to_float(float_to_bf16(layer.keys[0][i * 16 + k]));
      squares += static_cast<double>(rounded) * rounded;
    }
    EXPECT_NEAR(norms[i], std::sqrt(squares), 1e-6 * std::sqrt(squares));
  }
}

TEST(LiveSource, AccumulatedMassMustBeAnnounced) {
  const LayerFixture layer(2, 1, 16, 10, 3);
  Source source(layer);
  const auto answer = source.source.answer({Kind::kAccumulatedMass}, 0);
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().message().find("not collected"), std::string::npos);
}

TEST(LiveSource, CompactsAccumulators) {
  const LayerFixture layer(2, 1, 16, 6, 3);
  AttentionNeeds needs;
  needs.accumulated = true;
  Source source(layer, 0, needs);
  for (std::int32_t q = 0; q < 2; ++q) {
    for (std::size_t j = 0; j < 6; ++j) {
      source.source.accumulator(q)[j] = static_cast<float>(10 * q) + static_cast<float>(j);
    }
  }
  EXPECT_EQ(source.ask({Kind::kAccumulatedMass}, 0), (std::vector<float>{5, 6, 7, 8, 9, 10}));
  const std::vector<std::int32_t> kept = {0, 3, 5};
  source.source.retain(0, kept);
  EXPECT_EQ(source.source.accumulator(0).size(), 3U);
  EXPECT_EQ(source.source.accumulator(1)[1], 13.0F);
  EXPECT_EQ(source.source.accumulator(1)[2], 15.0F);
}

}  // namespace
}  // namespace kvfoot::cpu_test
