// Two logs side by side.
#include "sim/run/compare_logs.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kvfoot {
namespace {

const RunLengths kRun{.prompt = 8, .output = 2, .chunk = 4};

TEST(CompareLogs, EqualLogsAreEqual) {
  const std::vector<DecisionRecord> log{{.pass = 0, .kept = 2, .evicted = {{1, 3}}},
                                        {.pass = 1, .layer = 1, .kept = 6, .evicted = {{4, 6}}}};
  const LogComparison same = compare_logs(log, log, kRun);
  EXPECT_TRUE(same.equal());
  EXPECT_EQ(same.decisions, 2);
  EXPECT_EQ(same.kept, 2 + 6);
  EXPECT_DOUBLE_EQ(same.overlap(), 1.0);
}

TEST(CompareLogs, CountsSharedEntriesOfDifferentSets) {
  const std::vector<DecisionRecord> first{{.pass = 0, .kept = 2, .evicted = {{0, 2}}}};
  const std::vector<DecisionRecord> second{{.pass = 0, .kept = 2, .evicted = {{1, 3}}}};
  const LogComparison c = compare_logs(first, second, kRun);  // {2, 3} against {0, 3}
  EXPECT_EQ(c.different, 1);
  EXPECT_EQ(c.shared, 1);
  EXPECT_EQ(c.kept, 2);
  EXPECT_TRUE(c.counts_equal);
  ASSERT_TRUE(c.first.has_value());
  EXPECT_EQ(c.first->pass, 0);
}

TEST(CompareLogs, EvictingTheSameLaterIsADifferenceUntilThen) {
  const std::vector<DecisionRecord> first{{.pass = 0, .kept = 3, .evicted = {{0, 1}}}};
  const std::vector<DecisionRecord> second{{.pass = 1, .kept = 7, .evicted = {{0, 1}}}};
  const LogComparison c = compare_logs(first, second, kRun);
  EXPECT_EQ(c.decisions, 2);
  EXPECT_EQ(c.different, 1);
  EXPECT_FALSE(c.counts_equal);
  EXPECT_DOUBLE_EQ(c.worst, 0.75);
}

TEST(CompareLogs, AnEmptyLogAgainstAnEvictingOneDiffers) {
  const std::vector<DecisionRecord> log{{.pass = 0, .kept = 0, .evicted = {{0, 4}}}};
  const LogComparison c = compare_logs(log, {}, kRun);
  EXPECT_FALSE(c.equal());
  EXPECT_DOUBLE_EQ(c.worst, 0.0);
  EXPECT_TRUE(compare_logs({}, {}, kRun).equal());
}

}  // namespace
}  // namespace kvfoot
