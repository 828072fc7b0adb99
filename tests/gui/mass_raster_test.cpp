// Attention at the resolution of a picture, against rows of the trace read one by one.
#include "gui/model/mass_raster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

// Mean over the query heads that share a KV head.
std::vector<float> naive_row(const TraceReader& trace, std::int64_t row, std::int32_t layer = 2,
                             std::int32_t head = 1) {
  RowAccess access(trace);
  const std::int32_t group = trace.header().shape.group();
  std::vector<float> mean;
  for (std::int32_t q_head = head * group; q_head < (head + 1) * group; ++q_head) {
    const auto values = access.row(row, layer, q_head);
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

// Three cells of rows over two blocks: every row counts, and of its keys those that it saw.
TEST(MassRaster, CellsAcrossBlocksHoldTheMeanOfTheirRows) {
  const Recording made = recording("needle-2k-blocks.h5", "full", 256);
  ASSERT_NE(made.outcome, nullptr);
  RecordedMass mass = made.mass(1, 0);
  const std::int64_t begin = mass.block_of(700).first;
  const std::int64_t end = mass.block_of(mass.block_of(700).second).second;
  for (const bool largest : {false, true}) {
    const MassView view{begin, end, 0, end, 5, 3, largest};
    const auto raster = raster_mass(mass, view);
    ASSERT_TRUE(raster);
    std::vector<double> sum(15);
    std::vector<double> top(15);
    std::vector<int> count(15);
    for (std::int64_t row = begin; row < end; ++row) {
      const auto values = mass.block(row);
      ASSERT_TRUE(values);
      for (std::int64_t key = 0; key <= row; ++key) {
        const auto of = [](std::int64_t at, std::int64_t cells, std::int64_t length) {
          return static_cast<std::size_t>((2 * at + 1) * cells / (2 * length));
        };
        const std::size_t i = of(row - begin, 3, end - begin) * 5 + of(key, 5, end);
        const auto value = static_cast<double>((*values)[static_cast<std::size_t>(key)]);
        sum[i] += value;
        top[i] = std::max(top[i], value);
        ++count[i];
      }
    }
    for (std::size_t i = 0; i < sum.size(); ++i) {
      ASSERT_GT(count[i], 0);
      EXPECT_NEAR(static_cast<double>(raster->mass[i]), largest ? top[i] : sum[i] / count[i], 1e-7)
          << i;
    }
  }
}

TEST(MassRaster, RowsBeyondTheRecordingAreEmpty) {
  const Recording made = recording("needle-320-rows.h5", "full", 64);
  ASSERT_NE(made.outcome, nullptr);
  RecordedMass mass = made.mass(2, 1);
  const std::int64_t rows = mass.rows();
  const auto raster = raster_mass(mass, {rows - 2, rows + 2, 0, 4, 4, 4, false});
  ASSERT_TRUE(raster);
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(std::isnan(raster->mass[i]), i >= 8) << i;
  }
}

// Recorded while a policy evicted, and replayed as it was; layer 1, head 0.
class EvictingRecording : public ::testing::Test {
 protected:
  void SetUp() override {
    SourceCache sources;
    const std::string file = "kv-192-snapkv-rows.h5";
    const auto opened = sources.trace(bundled_trace(file));
    ASSERT_TRUE(opened);
    trace_ = *opened;
    made_ = recording(file, header().policy, header().run.chunk);
    ASSERT_NE(made_.outcome, nullptr);
    const auto streams = lives_of_layer(*made_.outcome, 1);
    ASSERT_TRUE(streams);
    evicted_at_ = *streams->front().evicted_at;
  }
  [[nodiscard]] const TraceHeader& header() const { return trace_->header(); }
  // Its masses, if the keys had gone then.
  [[nodiscard]] RecordedMass mass_of(const std::vector<std::int32_t>& evicted_at) const {
    return RecordedMass(trace_, {std::make_shared<const std::vector<std::int32_t>>(evicted_at)}, 1,
                        0, made_.outcome->heads());
  }

  std::shared_ptr<const TraceReader> trace_;
  Recording made_;
  std::vector<std::int32_t> evicted_at_;
};

// The recording holds the survivors of each row in ascending order.
TEST_F(EvictingRecording, KeysThatHadGoneAreNotCounted) {
  RecordedMass mass = made_.mass(1, 0);
  std::int64_t gone = 0;
  for (std::int64_t row = 0; row < mass.rows(); ++row) {
    const auto naive = naive_row(*trace_, row, 1, 0);
    const auto block = mass.block(row);
    ASSERT_TRUE(block) << row << ": " << block.error().message();
    std::size_t next = 0;
    for (std::int64_t key = 0; key <= row; ++key) {
      const float value = (*block)[static_cast<std::size_t>(key)];
      if (evicted_at_[static_cast<std::size_t>(key)] <= row) {
        ASSERT_LT(value, 0) << row << " " << key;
        EXPECT_FALSE(mass.entry(row, key).value());
        ++gone;
      } else {
        ASSERT_LT(next, naive.size());
        ASSERT_NEAR(value, naive[next++], 1e-7) << row << " " << key;
      }
    }
    ASSERT_EQ(next, naive.size()) << row;
  }
  EXPECT_GT(gone, 0);
}

// Masses of one schedule never stand at the keys of another.
TEST_F(EvictingRecording, AnotherScheduleIsRefused) {
  const std::int64_t row = static_cast<std::int64_t>(evicted_at_.size()) - 1;
  const auto life = [&](std::size_t key, std::int32_t gone) {
    auto changed = evicted_at_;
    changed[key] = gone;
    return mass_of(changed);
  };
  const auto end = static_cast<std::int32_t>(evicted_at_.size());
  const auto first = std::find_if(evicted_at_.begin(), evicted_at_.end(),
                                  [&](std::int32_t gone) { return gone < end; });
  ASSERT_NE(first, evicted_at_.end());
  const auto key = static_cast<std::size_t>(first - evicted_at_.begin());
  EXPECT_TRUE(life(key, *first).block(row));
  for (RecordedMass wrong : {life(key, end), life(evicted_at_.size() - 2, end - 1)}) {
    const auto values = wrong.block(row);
    ASSERT_FALSE(values);
    EXPECT_NE(values.error().message().find("which this schedule does not"), std::string::npos);
  }
}

// Nobody says when a key beyond the run goes; while the recording goes on, it is there.
TEST_F(EvictingRecording, ARunMayBeShorterThanItsRecording) {
  auto shorter = evicted_at_;
  shorter.resize(static_cast<std::size_t>(header().run.prompt + 1));
  RecordedMass mass = made_.mass(1, 0);
  RecordedMass cut = mass_of(shorter);
  const auto whole = mass.block(mass.rows() - 1);
  const auto known = cut.block(mass.rows() - 1);
  ASSERT_TRUE(whole);
  ASSERT_TRUE(known) << known.error().message();
  EXPECT_TRUE(std::ranges::equal(*whole, *known));
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
