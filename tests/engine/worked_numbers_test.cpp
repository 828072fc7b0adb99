// The worked numbers of the metric: exact counts of runs small enough for paper and pencil.
#include <gtest/gtest.h>

#include <vector>

#include "sim/engine/counts.hpp"
#include "tests/engine/naive_counts.hpp"
#include "tests/engine/toy_policies.hpp"

namespace kvfoot {
namespace {

using toy::CappedHeads;
using toy::KeepOfChunk;
using toy::script_keep;
using toy::shape_of;

RunLengths lengths(std::int64_t n, std::int64_t m, std::int64_t c) {
  RunLengths run;
  run.prompt = n;
  run.output = m;
  run.chunk = c;
  return run;
}

CountOutcome count(const Policy& policy, const ModelShape& shape, const RunLengths& run) {
  CountOptions options;
  options.profile = true;
  options.block = 1;
  auto outcome = replay_counts(policy, shape, run, options);
  EXPECT_TRUE(outcome.ok());
  return std::move(outcome).value();
}

struct Expected {
  std::int64_t numerator;
  std::int64_t peak;
};

void expect_counts(const Policy& policy, const RunLengths& run, Expected expected) {
  const CountOutcome got = count(policy, shape_of(1, 1), run);
  EXPECT_EQ(got.metrics.entry_rows, expected.numerator) << "chunk " << run.chunk;
  EXPECT_EQ(got.metrics.peak_entries, expected.peak) << "chunk " << run.chunk;
  EXPECT_DOUBLE_EQ(got.metrics.footprint, static_cast<double>(expected.numerator) /
                                              static_cast<double>(triangle(run.rows())));
  EXPECT_DOUBLE_EQ(got.metrics.peak_ratio,
                   static_cast<double>(expected.peak) / static_cast<double>(run.rows()));
}

constexpr std::int64_t kChunks[] = {8, 4, 2, 1, 3};

TEST(WorkedNumbers, FullAttention) {
  for (const std::int64_t c : {0, 8, 4, 3, 2, 1}) {
    expect_counts(CappedHeads({kUncapped}), lengths(8, 4, c), {78, 12});
  }
}

TEST(WorkedNumbers, Streaming) {
  const auto check = [](std::int64_t sinks_and_window, std::vector<Expected> row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      expect_counts(CappedHeads({sinks_and_window}), lengths(8, 4, kChunks[i]), row[i]);
    }
  };
  check(1 + 2, {{52, 8}, {48, 7}, {44, 5}, {42, 4}, {46, 6}});
  check(2 + 3, {{60, 8}, {60, 8}, {58, 7}, {57, 6}, {58, 7}});
  check(0 + 4, {{56, 8}, {56, 8}, {52, 6}, {50, 5}, {52, 6}});
  check(4 + 4, {{72, 9}, {72, 9}, {72, 9}, {72, 9}, {72, 9}});
}

TEST(WorkedNumbers, ChunkedEviction) {
  const auto check = [](double s, std::int64_t forced, std::vector<Expected> row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      expect_counts(script_keep(s, forced), lengths(8, 4, kChunks[i]), row[i]);
    }
  };
  check(.5, 0, {{62, 8}, {54, 8}, {50, 8}});
  check(.5, 1, {{66, 9}, {66, 10}, {78, 12}});
  check(.75, 0, {{54, 8}, {42, 6}, {22, 4}});
  check(.75, 1, {{58, 8}, {54, 8}, {50, 8}});
}

std::vector<std::int64_t> residency(const Policy& policy, const RunLengths& run) {
  const CountOutcome outcome = count(policy, shape_of(1, 1), run);
  std::vector<std::int64_t> rows;
  outcome.profile->for_each_row([&](const TimelinePoint& p) { rows.push_back(p.live); });
  return rows;
}

TEST(WorkedNumbers, ResidencyRowByRow) {
  using Rows = std::vector<std::int64_t>;
  const CappedHeads streaming({3});
  EXPECT_EQ(residency(streaming, lengths(8, 4, 8)), (Rows{1, 2, 3, 4, 5, 6, 7, 8, 4, 4, 4, 4}));
  EXPECT_EQ(residency(streaming, lengths(8, 4, 4)), (Rows{1, 2, 3, 4, 4, 5, 6, 7, 4, 4, 4, 4}));
  EXPECT_EQ(residency(streaming, lengths(8, 4, 2)), (Rows{1, 2, 3, 4, 4, 5, 4, 5, 4, 4, 4, 4}));
  EXPECT_EQ(residency(streaming, lengths(8, 4, 1)), (Rows{1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4}));
  const auto chunked = script_keep(.5, 0);
  EXPECT_EQ(residency(chunked, lengths(8, 4, 8)), (Rows{1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8}));
  EXPECT_EQ(residency(chunked, lengths(8, 4, 4)), (Rows{1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 8}));
  EXPECT_EQ(residency(chunked, lengths(8, 4, 2)), (Rows{1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8}));
}

// The published flow: 7 prefill rows, the last prompt token is the first of 4 decode rows, N = 11.
TEST(WorkedNumbers, LastPromptTokenDecoded) {
  const auto check = [](std::int64_t c, std::int64_t numerator, std::int64_t peak) {
    RunLengths run = lengths(8, 3, c);
    run.last_prompt_token = LastPromptToken::kDecode;
    expect_counts(CappedHeads({3}), run, {numerator, peak});
  };
  check(8, 44, 7);
  check(4, 41, 6);
  check(2, 39, 5);
}

TEST(WorkedNumbers, BytesOfOneLlamaHead) {
  ModelShape shape = shape_of(1, 1);  // head_dim 128
  const CountOutcome got = count(CappedHeads({3}), shape, lengths(8, 4, 4));
  EXPECT_EQ(got.metrics.peak_kv_bytes, 7 * 512);
  EXPECT_EQ(got.metrics.peak_kv_bytes_pass, 7 * 512);
}

// Two layers of {full, stream} and {stream, stream}: 222 / 312, phases 16, 29, 24 of 48.
class OneFullHead : public toy::CountingPolicy {
 public:
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& pass, std::int32_t layer,
                                                       std::int32_t head,
                                                       std::int64_t past) const override {
    return std::min(past + pass.pass.rows(), *decode_cap(layer, head));
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t layer,
                                                       std::int32_t head) const override {
    return layer == 0 && head == 0 ? kUncapped : 3;
  }
};

TEST(WorkedNumbers, MixedHeads) {
  const CountOutcome got = count(OneFullHead{}, shape_of(2, 2), lengths(8, 4, 4));
  EXPECT_EQ(got.metrics.entry_rows, 222);
  EXPECT_EQ(got.metrics.peak_entries, 29);
  EXPECT_NEAR(got.metrics.footprint, .711538, 5e-7);
  EXPECT_NEAR(got.metrics.peak_ratio, .604167, 5e-7);
}

// A configuration of 26 / 36, the share that Figure 1 of the paper shows.
TEST(WorkedNumbers, FigureOneShare) { expect_counts(CappedHeads({3}), lengths(4, 4, 2), {26, 4}); }

// Budgets that differ per layer: n = 32, m = 4, c = 16, four layers, tri(36) = 666.
TEST(WorkedNumbers, LayeredBudgets) {
  const std::vector<std::int64_t> after_last = {6, 5, 4, 3};
  const std::vector<std::int64_t> after_patched = {8, 6, 4, 2};
  const RunLengths run = lengths(32, 4, 16);
  const auto layers = [](const CountOutcome& outcome) {
    std::vector<std::int64_t> sums(4);
    for (std::size_t layer = 0; layer < 4; ++layer) {
      for (std::int64_t p = 0; p < outcome.profile->run().passes(); ++p) {
        const std::int64_t rows = pass_at(outcome.profile->run(), p, 0).rows();
        sums[layer] +=
            rows * outcome.profile->past(static_cast<std::int64_t>(layer), p) + triangle(rows);
      }
    }
    return sums;
  };
  const KeepOfChunk naive(
      [&](std::int32_t layer, const Pass&) { return after_last[static_cast<std::size_t>(layer)]; });
  const CountOutcome a = count(naive, shape_of(4, 1), run);
  EXPECT_EQ(layers(a), (std::vector<std::int64_t>{426, 402, 378, 354}));
  EXPECT_EQ(a.metrics.entry_rows, 1560);
  EXPECT_EQ(a.metrics.peak_entries, 82);
  EXPECT_NEAR(a.metrics.footprint, .585586, 5e-7);
  EXPECT_EQ(a.profile->at(15).live, 64);
  EXPECT_EQ(a.profile->at(31).live, 82);
  EXPECT_EQ(a.profile->at(35).live, 52);

  const KeepOfChunk patched([&](std::int32_t layer, const Pass& pass) {
    return (pass.last_prefill ? after_last : after_patched)[static_cast<std::size_t>(layer)];
  });
  const CountOutcome b = count(patched, shape_of(4, 1), run);
  EXPECT_EQ(layers(b), (std::vector<std::int64_t>{466, 422, 378, 334}));
  EXPECT_NEAR(b.metrics.footprint, .600601, 5e-7);
  EXPECT_NEAR(b.metrics.peak_ratio, .583333, 5e-7);
  EXPECT_EQ(b.profile->at(31).live, 84);
  EXPECT_EQ(b.profile->at(35).live, 54);

  const KeepOfChunk uniform([](std::int32_t, const Pass&) { return std::int64_t{4}; });
  EXPECT_EQ(count(uniform, shape_of(1, 1), run).metrics.entry_rows, 378);
  EXPECT_EQ(count(script_keep(.75, 2), shape_of(1, 1), run).metrics.entry_rows, 426);
  EXPECT_EQ(count(script_keep(.75, 64), shape_of(1, 1), run).metrics.entry_rows, 666);
}

}  // namespace
}  // namespace kvfoot
