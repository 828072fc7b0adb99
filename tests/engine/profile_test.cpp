// Change points reproduce every row, and nothing but change points is kept.
#include <gtest/gtest.h>

#include <map>

#include "sim/engine/counts.hpp"
#include "tests/engine/toy_policies.hpp"

namespace kvfoot {
namespace {

using toy::CappedHeads;
using toy::HashedCounts;
using toy::shape_of;

ResidenceProfile profile_of(const Policy& policy, const ModelShape& shape, const RunLengths& run) {
  CountOptions options;
  options.profile = true;
  auto outcome = replay_counts(policy, shape, run, options);
  EXPECT_TRUE(outcome.ok());
  return *std::move(outcome->profile);
}

RunLengths lengths(std::int64_t n, std::int64_t m, std::int64_t c) {
  RunLengths run;
  run.prompt = n;
  run.output = m;
  run.chunk = c;
  return run;
}

TEST(Profile, LinesBetweenChangePointsGiveEveryRow) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const RunLengths run = lengths(1 + static_cast<std::int64_t>(i % 90), 70,
                                   static_cast<std::int64_t>(mix64(i) % 40));
    ModelShape shape = shape_of(2, 3);
    toy::make_hybrid(shape, i);
    const auto profile = profile_of(HashedCounts(i, true), shape, run);
    const std::vector<TimelinePoint> points = profile.timeline();
    ASSERT_EQ(points.front().row, 0);
    ASSERT_EQ(points.back().row, run.rows() - 1);
    for (std::size_t p = 0; p < points.size(); ++p) {
      const TimelinePoint exact = profile.at(points[p].row);
      ASSERT_EQ(points[p].live, exact.live);
      ASSERT_EQ(points[p].evicted, exact.evicted);
      ASSERT_EQ(points[p].resident_bytes, exact.resident_bytes);
      if (p == 0) {
        continue;
      }
      const TimelinePoint& a = points[p - 1];
      const TimelinePoint& b = points[p];
      ASSERT_LT(a.row, b.row);
      for (std::int64_t row = a.row; row <= b.row; ++row) {
        const auto line = [&](std::int64_t from, std::int64_t to) {
          return from + (to - from) * (row - a.row) / (b.row - a.row);
        };
        const TimelinePoint at = profile.at(row);
        ASSERT_EQ(at.live, line(a.live, b.live)) << "case " << i << " row " << row;
        ASSERT_EQ(at.evicted, line(a.evicted, b.evicted));
        ASSERT_EQ(at.inactive, line(a.inactive, b.inactive)) << "case " << i << " row " << row;
      }
    }
  }
}

// Runs of any slope, whatever stands before and after them, leave the segments of single passes.
TEST(Profile, RunsAndSinglePassesGiveTheSameSegments) {
  for (std::uint64_t i = 0; i < 2000; ++i) {
    RunLengths run = lengths(1, 39, 1);
    ResidenceProfile singles(run, 1, 1, PageSize{});
    ResidenceProfile runs(run, 1, 1, PageSize{});
    std::int64_t pass = 0;
    std::int64_t value = 50;
    while (pass < run.passes()) {
      const std::uint64_t hash = hash_words(i, pass);
      const std::int64_t count =
          std::min<std::int64_t>(1 + static_cast<std::int64_t>(hash % 6), run.passes() - pass);
      const std::int64_t slope = static_cast<std::int64_t>((hash >> 8) % 3) - 1;
      runs.push_run(0, pass, value, slope, count);
      for (std::int64_t k = 0; k < count; ++k, ++pass, value += slope) {
        singles.push_pass(pass_at(run, pass, 0), std::span<const std::int64_t>(&value, 1));
      }
      value += static_cast<std::int64_t>((hash >> 16) % 3) - 1;
    }
    ASSERT_TRUE(singles == runs) << "case " << i;
  }
}

TEST(Profile, FullAttentionIsOneLine) {
  const auto profile =
      profile_of(CappedHeads({kUncapped}), shape_of(3, 1), lengths(1000, 5000, 128));
  EXPECT_EQ(profile.timeline().size(), 2U);
  const std::vector<TimelinePoint> points = profile.timeline();
  EXPECT_EQ(points[1].live, 3 * 6000);
  EXPECT_EQ(points[1].evicted, 0);
  // Two ends of the prompt's progression, then decoding.
  EXPECT_LE(profile.stream_points().size(), 3U * 6U);
}

TEST(Profile, TimelinesOfStreamsAddUp) {
  const RunLengths run = lengths(70, 50, 11);
  const auto profile = profile_of(HashedCounts(9, true), shape_of(2, 2), run);
  for (std::int64_t s = 0; s < profile.streams(); ++s) {
    const std::vector<TimelinePoint> points = profile.timeline_of(s);
    for (const TimelinePoint& point : points) {
      EXPECT_EQ(point.live + point.evicted, point.row + 1);
      EXPECT_EQ(point.resident_bytes, (point.live + 15) / 16 * 16 * 512);
    }
  }
  for (std::int64_t row = 0; row < run.rows(); ++row) {
    std::int64_t live = 0;
    for (std::int64_t s = 0; s < profile.streams(); ++s) {
      const std::vector<TimelinePoint> points = profile.timeline_of(s);
      std::size_t next = 0;
      while (points[next].row < row) {
        ++next;
      }
      const TimelinePoint& b = points[next];
      const TimelinePoint& a = b.row == row ? b : points[next - 1];
      live += a.row == row ? a.live : a.live + (b.live - a.live) * (row - a.row) / (b.row - a.row);
    }
    EXPECT_EQ(live, profile.at(row).live) << row;
  }
}

TEST(Profile, StreamPointsGiveEveryPass) {
  const RunLengths run = lengths(50, 40, 9);
  const auto profile = profile_of(HashedCounts(5, true), shape_of(2, 2), run);
  std::map<std::int64_t, std::int64_t> pass_of_row;
  for (std::int64_t p = 0; p < run.passes(); ++p) {
    pass_of_row[pass_at(run, p, 0).begin] = p;
  }
  const std::vector<StreamPoint> points = profile.stream_points();
  std::size_t i = 0;
  for (std::int64_t s = 0; s < 4; ++s) {
    std::int64_t next_pass = 0;
    for (; i < points.size() && points[i].layer * 2 + points[i].head == s; ++i) {
      const std::int64_t pass = pass_of_row.at(points[i].row);
      if (pass > next_pass) {  // the end of a line that starts at the point before
        const std::int64_t from = pass_of_row.at(points[i - 1].row);
        for (std::int64_t p = from; p <= pass; ++p) {
          EXPECT_EQ(profile.past(s, p),
                    points[i - 1].resident +
                        (points[i].resident - points[i - 1].resident) * (p - from) / (pass - from));
        }
      }
      EXPECT_EQ(profile.past(s, pass), points[i].resident);
      next_pass = pass + 1;
    }
    EXPECT_EQ(next_pass, run.passes());
  }
  EXPECT_EQ(i, points.size());
}

}  // namespace
}  // namespace kvfoot
