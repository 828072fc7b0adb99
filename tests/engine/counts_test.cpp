// Closed form, pass by pass and row by row must agree; and the properties of the metric.
#include <gtest/gtest.h>

#include "sim/engine/counts.hpp"
#include "sim/engine/pass_account.hpp"
#include "tests/engine/naive_counts.hpp"
#include "tests/engine/toy_policies.hpp"

namespace kvfoot {
namespace {

using toy::CappedHeads;
using toy::HashedCounts;
using toy::script_keep;
using toy::shape_of;

RunLengths lengths(std::int64_t n, std::int64_t m, std::int64_t c) {
  RunLengths run;
  run.prompt = n;
  run.output = m;
  run.chunk = c;
  return run;
}

Metrics count(const Policy& policy, const ModelShape& shape, const RunLengths& run,
              CountOptions options = {}) {
  auto outcome = replay_counts(policy, shape, run, options);
  EXPECT_TRUE(outcome.ok());
  return outcome->metrics;
}

void expect_same(const Metrics& a, const Metrics& b, const std::string& where) {
  EXPECT_EQ(a.rows, b.rows) << where;
  EXPECT_EQ(a.patch_rows, b.patch_rows) << where;
  EXPECT_EQ(a.entry_rows, b.entry_rows) << where;
  EXPECT_EQ(a.peak_entries, b.peak_entries) << where;
  EXPECT_EQ(a.footprint, b.footprint) << where;
  EXPECT_EQ(a.peak_ratio, b.peak_ratio) << where;
  EXPECT_EQ(a.peak_kv_bytes, b.peak_kv_bytes) << where;
  EXPECT_EQ(a.peak_kv_bytes_pass, b.peak_kv_bytes_pass) << where;
}

TEST(Counts, ClosedFormEqualsPassByPassEqualsRowByRow) {
  int capped_from_above = 0;
  for (std::uint64_t i = 0; i < 600; ++i) {
    const auto draw = [&](std::uint64_t salt, std::uint64_t bound) {
      return static_cast<std::int64_t>(below(hash_words(i, salt), bound));
    };
    RunLengths run = lengths(1 + draw(1, 150), draw(2, 140), draw(3, 80));
    if (draw(4, 3) == 0) {
      run.last_prompt_token = LastPromptToken::kDecode;
    }
    const ModelShape shape = shape_of(static_cast<std::int32_t>(1 + draw(5, 4)),
                                      static_cast<std::int32_t>(1 + draw(6, 3)));
    CountOptions options;
    const std::int64_t blocks[] = {1, 3, 7, 16, 64};
    options.block = blocks[draw(7, 5)];
    options.kv_dtype = DType::kF32;
    options.profile = true;
    const HashedCounts policy(i, draw(8, 4) != 0);
    const std::string where = "case " + std::to_string(i);

    const auto closed = replay_counts(policy, shape, run, options);
    options.pass_by_pass = true;
    const auto general = replay_counts(policy, shape, run, options);
    ASSERT_TRUE(closed.ok() && general.ok());
    const toy::NaiveRun naive =
        toy::naive_counts(policy, shape, run, page_size(shape, options.kv_dtype, options.block));
    expect_same(closed->metrics, general->metrics, where);
    expect_same(closed->metrics, naive.metrics, where);
    EXPECT_TRUE(*closed->profile == *general->profile) << where;

    std::size_t row = 0;
    closed->profile->for_each_row([&](const TimelinePoint& point) {
      ASSERT_LT(row, naive.rows.size());
      const TimelinePoint& twin = naive.rows[row];
      ASSERT_EQ(point.row, twin.row) << where;
      ASSERT_EQ(point.live, twin.live) << where << " row " << row;
      ASSERT_EQ(point.inactive, 0);
      ASSERT_EQ(point.evicted, twin.evicted) << where << " row " << row;
      ASSERT_EQ(point.resident_bytes, twin.resident_bytes) << where << " row " << row;
      const TimelinePoint direct = closed->profile->at(point.row);
      ASSERT_EQ(direct.live, twin.live);
      ASSERT_EQ(direct.resident_bytes, twin.resident_bytes);
      ++row;
    });
    EXPECT_EQ(row, naive.rows.size());
    const std::int64_t first_decode = run.prefill_rows();
    if (first_decode > 0 && first_decode + 1 < run.rows()) {
      const auto& rows = naive.first_stream;
      const auto at = static_cast<std::size_t>(first_decode);
      capped_from_above += rows[at + 1] < rows[at] ? 1 : 0;
    }
  }
  EXPECT_GT(capped_from_above, 20);  // the hard case of the closed form must occur
}

TEST(Counts, FootprintAndPeakAreAtMostOne) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Metrics got = count(HashedCounts(i, true), shape_of(2, 2),
                              lengths(60, 30, static_cast<std::int64_t>(i % 61)));
    EXPECT_LE(got.footprint, 1.0);
    EXPECT_LE(got.peak_ratio, 1.0);
    EXPECT_GE(*got.peak_kv_bytes_pass, *got.peak_kv_bytes);
  }
}

TEST(Counts, PeakHoldsAtLeastTheLongestChunk) {
  for (const std::int64_t c : {1, 5, 16, 33, 64}) {
    const Metrics got = count(CappedHeads({2}), shape_of(1, 1), lengths(64, 8, c));
    EXPECT_GE(*got.peak_entries, c);
  }
}

TEST(Counts, StreamingDoesNotGrowWithADivisorOfTheChunk) {
  for (std::int64_t n = 1; n <= 40; ++n) {
    for (std::int64_t cap = 0; cap <= 12; ++cap) {
      for (std::int64_t c = 1; c <= n; ++c) {
        const auto whole = count(CappedHeads({cap}), shape_of(1, 1), lengths(n, 6, c));
        for (std::int64_t divisor = 1; divisor < c; ++divisor) {
          if (c % divisor == 0) {
            const auto part = count(CappedHeads({cap}), shape_of(1, 1), lengths(n, 6, divisor));
            ASSERT_LE(*part.entry_rows, *whole.entry_rows) << n << " " << cap << " " << c;
          }
        }
      }
    }
  }
  // For an arbitrary smaller chunk it can grow: n = 6, S + W = 3.
  EXPECT_EQ(count(CappedHeads({3}), shape_of(1, 1), lengths(6, 0, 4)).entry_rows, 19);
  EXPECT_EQ(count(CappedHeads({3}), shape_of(1, 1), lengths(6, 0, 3)).entry_rows, 21);
}

TEST(Counts, PostFillEvictionOnlyTouchesDecoding) {
  for (const double s : {0.0, .3, .5, .9, 1.0}) {
    const RunLengths run = lengths(50, 20, kWholePrompt);
    const Metrics got = count(script_keep(s, 0), shape_of(1, 1), run);
    EXPECT_GE(*got.entry_rows, triangle(50) + triangle(20));
  }
}

TEST(Counts, ChunkOneStreamingIsTheSlidingWindow) {
  const std::int64_t cap = 7;
  std::int64_t area = 0;
  for (std::int64_t row = 0; row < 60; ++row) {
    area += std::min(row, cap) + 1;
  }
  EXPECT_EQ(count(CappedHeads({cap}), shape_of(1, 1), lengths(48, 12, 1)).entry_rows, area);
}

TEST(Counts, MixingIsLinearInTheShareOfHeads) {
  const RunLengths run = lengths(500, 60, 128);
  const double streaming = count(CappedHeads({40, 40, 40, 40}), shape_of(1, 4), run).footprint;
  for (std::size_t streamers = 0; streamers <= 4; ++streamers) {
    std::vector<std::int64_t> caps(4, kUncapped);
    std::fill(caps.begin(), caps.begin() + static_cast<std::ptrdiff_t>(streamers), 40);
    const double share = static_cast<double>(streamers) / 4.0;
    EXPECT_NEAR(count(CappedHeads(caps), shape_of(1, 4), run).footprint,
                share * streaming + (1 - share), 1e-12);
  }
}

TEST(Counts, PatchRowsCostBytesButNoRows) {
  // One head keeps everything; 10 patch rows ride on each of the first two chunks of 16.
  class Patched : public CappedHeads {
   public:
    Patched() : CappedHeads({kUncapped}) {}
    [[nodiscard]] std::int64_t patch_window() const override { return 10; }
  };
  CountOptions options;
  options.block = 1;
  const Metrics got = count(Patched{}, shape_of(1, 1), lengths(40, 0, 16), options);
  EXPECT_EQ(got.patch_rows, 20);
  EXPECT_EQ(got.footprint, 1.0);
  EXPECT_EQ(got.peak_entries, 40);
  EXPECT_EQ(got.peak_kv_bytes, 42 * 512);  // 16 survivors, 16 rows, 10 patch rows
}

TEST(Counts, BytesFollowTheLayers) {
  // Two layers, one head, chunks of 4, nothing survives a chunk: layer 1 still holds nothing while
  // layer 0 holds its 4 rows.
  CountOptions options;
  options.block = 1;
  const Metrics got = count(CappedHeads({0}), shape_of(2, 1), lengths(8, 0, 4), options);
  EXPECT_EQ(got.peak_kv_bytes, 4 * 512);
  EXPECT_EQ(got.peak_kv_bytes_pass, 8 * 512);
  options.block = 16;
  const Metrics paged = count(CappedHeads({0}), shape_of(2, 1), lengths(8, 0, 4), options);
  EXPECT_EQ(paged.peak_kv_bytes, 16 * 512);
  EXPECT_EQ(paged.peak_kv_bytes_pass, 32 * 512);
}

TEST(Counts, CopiesPerQueryHeadShowInBytesOnly) {
  class PerQueryHead : public CappedHeads {
   public:
    PerQueryHead() : CappedHeads({5, 5, 5, 5}) {}
    [[nodiscard]] Storage storage() const override { return Storage::kQueryHeads; }
  };
  const RunLengths run = lengths(30, 5, 8);
  const Metrics grouped = count(CappedHeads({5}), shape_of(2, 1, 4), run);
  const Metrics copied = count(PerQueryHead{}, shape_of(2, 1, 4), run);
  EXPECT_EQ(copied.footprint, grouped.footprint);
  EXPECT_EQ(copied.peak_ratio, grouped.peak_ratio);
  EXPECT_EQ(*copied.peak_kv_bytes_pass, 4 * *grouped.peak_kv_bytes_pass);
}

TEST(Counts, RefusesWhatDependsOnAttention) {
  class Asks : public toy::CountingPolicy {
   public:
    [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView&, std::int32_t layer,
                                                         std::int32_t,
                                                         std::int64_t past) const override {
      return layer == 0 ? std::optional(past) : std::nullopt;
    }
  };
  const auto got = replay_counts(Asks{}, shape_of(2, 1), lengths(8, 4, 4), {});
  ASSERT_FALSE(got.ok());
  EXPECT_NE(got.error().message().find("layer 1, head 0"), std::string::npos);
  EXPECT_NE(got.error().hint.find("trace"), std::string::npos);
}

TEST(Counts, RefusesLengthsThatCannotBeCounted) {
  const CappedHeads full({kUncapped});
  EXPECT_FALSE(replay_counts(full, shape_of(1, 1), lengths(0, 4, 4), {}).ok());
  EXPECT_FALSE(replay_counts(full, shape_of(64, 1), lengths(2000000000, 4, 4), {}).ok());
  EXPECT_FALSE(replay_counts(full, ModelShape{}, lengths(8, 4, 4), {}).ok());
  CountOptions options;
  options.block = 0;
  EXPECT_FALSE(replay_counts(full, shape_of(1, 1), lengths(8, 4, 4), options).ok());
}

TEST(Counts, EmptyOutputAndOneTokenPrompt) {
  EXPECT_EQ(count(CappedHeads({kUncapped}), shape_of(1, 1), lengths(1, 0, 0)).entry_rows, 1);
  RunLengths run = lengths(1, 2, 0);
  run.last_prompt_token = LastPromptToken::kDecode;  // nothing is prefilled
  const Metrics got = count(CappedHeads({1}), shape_of(1, 1), run);
  EXPECT_EQ(got.entry_rows, 1 + 2 + 2);
  EXPECT_EQ(got.peak_entries, 2);
}

TEST(CountsDeath, KeepingMoreThanIsHeldIsABug) {
  class Inventive : public toy::CountingPolicy {
   public:
    [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& pass, std::int32_t,
                                                         std::int32_t,
                                                         std::int64_t past) const override {
      return past + pass.pass.rows() + 1;
    }
  };
  EXPECT_DEATH((void)replay_counts(Inventive{}, shape_of(1, 1), lengths(8, 4, 4), {}),
               "does not hold");
}

}  // namespace
}  // namespace kvfoot
