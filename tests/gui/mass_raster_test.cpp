// Attention at the resolution of a picture, against rows of the trace read one by one.
#include "gui/model/mass_raster.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

struct Recording {
  OutcomePtr outcome;
  [[nodiscard]] RecordedMass mass(std::int32_t layer, std::int32_t head) const {
    const auto streams = lives_of_layer(*outcome, layer);
    return {outcome->trace, (*streams)[static_cast<std::size_t>(head)], layer, head,
            outcome->heads()};
  }
};

Recording recording(const std::string& file, const std::string& policy, std::int64_t chunk) {
  WhatIf what_if;
  what_if.trace = bundled_trace(file);
  what_if.policy = *parse_policy(policy);
  what_if.chunk = chunk;
  SourceCache sources;
  auto outcome = compute(what_if, sources);
  EXPECT_TRUE(outcome);
  return {outcome ? *outcome : nullptr};
}

// Mean over the query heads that share KV head 1 of layer 2.
std::vector<float> naive_row(const TraceReader& trace, std::int64_t row) {
  RowAccess access(trace);
  const std::int32_t group = trace.header().shape.group();
  std::vector<float> mean;
  for (std::int32_t q_head = group; q_head < 2 * group; ++q_head) {
    const auto values = access.row(row, 2, q_head);
    EXPECT_TRUE(values);
    mean.resize(values->size());
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] += (*values)[i] / static_cast<float>(group);
    }
  }
  return mean;
}

TEST(MassRaster, OneCellPerEntryIsTheRowOfTheTrace) {
  const Recording made = recording("needle-320-rows.h5", "snapkv:sparsity=0.7", 64);
  ASSERT_NE(made.outcome, nullptr);
  RecordedMass mass = made.mass(2, 1);
  const auto raster = raster_mass(mass, {100, 120, 90, 130, 1000, 1000, false});
  ASSERT_TRUE(raster);
  ASSERT_EQ(raster->view.width, 40);
  ASSERT_EQ(raster->view.height, 20);
  for (std::int64_t row = 100; row < 120; ++row) {
    const auto naive = naive_row(*made.outcome->trace, row);
    for (std::int64_t key = 90; key < 130; ++key) {
      const float value = raster->mass[static_cast<std::size_t>((row - 100) * 40 + key - 90)];
      if (key > row) {
        EXPECT_TRUE(std::isnan(value));
      } else {
        EXPECT_NEAR(value, naive[static_cast<std::size_t>(key)], 1e-7) << row << " " << key;
        EXPECT_EQ(mass.entry(row, key).value(), value);
      }
    }
  }
  EXPECT_FALSE(mass.entry(100, 101).value());
  EXPECT_FALSE(mass.entry(mass.rows(), 0).value());
}

TEST(MassRaster, CellsOfManyEntriesHoldTheirMeanOrTheLargest) {
  const Recording made = recording("needle-320-rows.h5", "full", 64);
  ASSERT_NE(made.outcome, nullptr);
  RecordedMass mass = made.mass(2, 1);
  for (const bool largest : {false, true}) {
    const MassView view{10, 310, 5, 305, 7, 9, largest};
    const auto raster = raster_mass(mass, view);
    ASSERT_TRUE(raster);
    std::vector<double> sum(63);
    std::vector<double> top(63);
    std::vector<int> count(63);
    for (std::int64_t row = 10; row < 310; ++row) {
      const auto naive = naive_row(*made.outcome->trace, row);
      for (std::int64_t key = 5; key <= std::min<std::int64_t>(row, 304); ++key) {
        const auto x = static_cast<std::size_t>((static_cast<double>(key - 5) + 0.5) * 7 / 300);
        const auto y = static_cast<std::size_t>((static_cast<double>(row - 10) + 0.5) * 9 / 300);
        const auto value = static_cast<double>(naive[static_cast<std::size_t>(key)]);
        sum[y * 7 + x] += value;
        top[y * 7 + x] = std::max(top[y * 7 + x], value);
        ++count[y * 7 + x];
      }
    }
    for (std::size_t i = 0; i < sum.size(); ++i) {
      if (count[i] == 0) {
        EXPECT_TRUE(std::isnan(raster->mass[i])) << i;
      } else {
        EXPECT_NEAR(static_cast<double>(raster->mass[i]), largest ? top[i] : sum[i] / count[i],
                    1e-6)
            << i;
      }
    }
  }
}

TEST(MassRaster, RowsOfABlockShareItsMean) {
  const Recording made = recording("needle-2k-blocks.h5", "full", 256);
  ASSERT_NE(made.outcome, nullptr);
  RecordedMass mass = made.mass(1, 0);
  const auto [begin, end] = mass.block_of(700);
  ASSERT_GT(end - begin, 1);
  EXPECT_LE(begin, 700);
  EXPECT_GT(end, 700);
  EXPECT_EQ(mass.entry(begin, 3).value(), mass.entry(end - 1, 3).value());
  // The masses of a row add up to one, means over a block of rows do so too.
  const auto values = mass.block(700);
  ASSERT_TRUE(values);
  ASSERT_EQ(static_cast<std::int64_t>(values->size()), end);
  double total = 0;
  for (const float value : *values) {
    total += static_cast<double>(value);
  }
  EXPECT_NEAR(total, 1, 0.01);
  // Drawn below the diagonal only, row by row.
  const auto raster = raster_mass(mass, {begin, end, 0, end, 4000, 4000, false});
  ASSERT_TRUE(raster);
  for (std::int64_t row = begin; row < end; ++row) {
    for (std::int64_t key = 0; key < end; ++key) {
      const float value = raster->mass[static_cast<std::size_t>((row - begin) * end + key)];
      ASSERT_EQ(std::isnan(value), key > row) << row << " " << key;
    }
  }
}

TEST(MassRaster, KeysThatHadGoneAreNotCounted) {
  SourceCache sources;
  const auto trace = sources.trace(bundled_trace("kv-192-snapkv-rows.h5"));
  ASSERT_TRUE(trace);
  const TraceHeader& header = (*trace)->header();
  const Recording made = recording("kv-192-snapkv-rows.h5", header.policy, header.run.chunk);
  ASSERT_NE(made.outcome, nullptr);
  RecordedMass mass = made.mass(1, 0);
  const auto streams = lives_of_layer(*made.outcome, 1);
  ASSERT_TRUE(streams);
  const auto& evicted_at = *streams->front().evicted_at;
  bool any_gone = false;
  double total = 0;
  const std::int64_t row = mass.rows() - 1;
  const auto block = mass.block(row);
  ASSERT_TRUE(block);
  for (std::int64_t key = 0; key <= row; ++key) {
    const bool gone = evicted_at[static_cast<std::size_t>(key)] <= row;
    const float value = (*block)[static_cast<std::size_t>(key)];
    ASSERT_EQ(value < 0, gone) << key;
    any_gone = any_gone || gone;
    total += gone ? 0 : static_cast<double>(value);
  }
  EXPECT_TRUE(any_gone);
  EXPECT_NEAR(total, 1, 0.01);
}

TEST(MassRaster, ACancelEndsIt) {
  const Recording made = recording("needle-320-rows.h5", "full", 64);
  ASSERT_NE(made.outcome, nullptr);
  RecordedMass mass = made.mass(0, 0);
  const std::atomic<bool> cancel = true;
  const auto raster = raster_mass(mass, {0, 300, 0, 300, 10, 10, false}, &cancel);
  ASSERT_FALSE(raster);
  EXPECT_EQ(raster.error().kind, ErrorKind::kInterrupted);
}

}  // namespace
}  // namespace kvfoot::gui
