// Sums of single streams against every row of them, and against the totals of the run.
#include "sim/engine/stream_totals.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/engine/counts.hpp"
#include "tests/engine/toy_policies.hpp"

namespace kvfoot {
namespace {

TEST(StreamTotals, AreSumsOverRows) {
  for (std::uint64_t i = 0; i < 300; ++i) {
    RunLengths run;
    run.prompt = 1 + static_cast<std::int64_t>(i % 90);
    run.output = static_cast<std::int64_t>(mix64(i + 7) % 60);
    run.chunk = static_cast<std::int64_t>(mix64(i) % 40);
    run.last_prompt_token = i % 2 == 0 ? LastPromptToken::kPrefill : LastPromptToken::kDecode;
    CountOptions options;
    options.profile = true;
    const auto outcome =
        replay_counts(toy::HashedCounts(i, true), toy::shape_of(2, 3), run, options);
    ASSERT_TRUE(outcome.ok());
    const ResidenceProfile& profile = *outcome->profile;

    std::vector<StreamTotals> expected(6);
    for (std::int64_t row = 0; row < run.rows(); ++row) {
      const std::vector<std::int64_t> resident = resident_at(profile, row);
      const TimelinePoint point = profile.at(row);
      std::int64_t all = 0;
      for (std::size_t s = 0; s < expected.size(); ++s) {
        expected[s].peak_entries = std::max(expected[s].peak_entries, resident[s]);
        expected[s].entry_rows += resident[s];
        all += resident[s];
      }
      ASSERT_EQ(all, point.live + point.inactive) << "case " << i << " row " << row;
    }
    const std::vector<StreamTotals> totals = stream_totals(profile);
    ASSERT_EQ(totals, expected) << "case " << i;
    std::int64_t entry_rows = 0;
    for (const StreamTotals& stream : totals) {
      entry_rows += stream.entry_rows;
    }
    ASSERT_EQ(entry_rows, outcome->metrics.entry_rows) << "case " << i;
  }
}

// Ten rows in chunks of four, three rows of output, at most two entries between passes:
// 1 2 3 4 | 3 4 5 6 | 3 4 | 3 | 3 | 3.
TEST(StreamTotals, OfACappedStream) {
  RunLengths run;
  run.prompt = 10;
  run.output = 3;
  run.chunk = 4;
  CountOptions options;
  options.profile = true;
  const auto outcome = replay_counts(toy::CappedHeads({2}), toy::shape_of(1, 1), run, options);
  ASSERT_TRUE(outcome.ok());
  const std::vector<StreamTotals> totals = stream_totals(*outcome->profile);
  ASSERT_EQ(totals.size(), 1U);
  EXPECT_EQ(totals[0].peak_entries, 6);
  EXPECT_EQ(totals[0].entry_rows, 10 + 18 + 7 + 9);
  EXPECT_EQ(resident_at(*outcome->profile, 5), std::vector<std::int64_t>{4});
  EXPECT_EQ(resident_at(*outcome->profile, 12), std::vector<std::int64_t>{3});
}

}  // namespace
}  // namespace kvfoot
