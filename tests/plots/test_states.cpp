// The state raster equals a count of entries at every zoom.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gui/plots/state_raster.hpp"
#include "gui/plots/state_sum.hpp"
#include "tests/plots/samples.hpp"

namespace kvfoot::plots {
namespace {

struct Shares {
  double present = 0;
  double evicted = 0;
  double inactive = 0;
};

// Sums the overlap of every entry with one pixel: O(rows * keys) on purpose.
Shares count(const StateMap& map, const StateView& view, std::size_t px, std::size_t py) {
  const double key_width = (view.keys.high - view.keys.low) / static_cast<double>(view.width);
  const double row_height = (view.rows.high - view.rows.low) / static_cast<double>(view.height);
  const double left = view.keys.low + key_width * static_cast<double>(px);
  const double top = view.rows.low + row_height * static_cast<double>(py);
  const auto overlap = [](double begin, double size, std::int64_t at) {
    const double from = std::max(begin, static_cast<double>(at) - 0.5);
    const double to = std::min(begin + size, static_cast<double>(at) + 0.5);
    return std::max(0.0, to - from) / size;
  };
  Shares shares;
  const auto streams = static_cast<double>(map.streams.size());
  for (std::int64_t row = 0; row < map.rows; ++row) {
    for (std::int64_t key = 0; key <= row; ++key) {
      const double area = overlap(left, key_width, key) * overlap(top, row_height, row);
      shares.present += area;
      for (std::size_t s = 0; s < map.streams.size(); ++s) {
        const KeyLives& lives = map.streams[s];
        const bool gone = (*lives.evicted_at)[static_cast<std::size_t>(key)] <= row;
        const bool slid = lives.window > 0 && row >= key + lives.window;
        const bool idle = std::any_of(map.inactive.begin(), map.inactive.end(), [&](const auto& r) {
          return r.stream == static_cast<std::int32_t>(s) && row >= r.row_begin &&
                 row < r.row_end && key >= r.key_begin && key < r.key_end;
        });
        shares.evicted += gone ? area / streams : 0;
        shares.inactive += !gone && (idle || slid) ? area / streams : 0;
      }
    }
  }
  return shares;
}

void expect_like_count(const StateMap& map, const StateView& view) {
  const StateShares shares = state_shares(map, view);
  for (std::size_t y = 0; y < view.height; ++y) {
    for (std::size_t x = 0; x < view.width; ++x) {
      const Shares expected = count(map, view, x, y);
      const std::size_t i = y * view.width + x;
      ASSERT_NEAR(shares.present[i], expected.present, 1e-4) << x << " " << y;
      ASSERT_NEAR(shares.evicted[i], expected.evicted, 1e-4) << x << " " << y;
      if (!shares.inactive.empty()) {
        ASSERT_NEAR(shares.inactive[i], expected.inactive, 1e-4) << x << " " << y;
      }
    }
  }
}

StateMap two_streams() {
  StateMap map = samples::streaming_map({20, 7, 6, 2, 4});
  map.streams.push_back(samples::streaming_map({20, 7, 20, 1, 2}).streams.front());
  map.inactive.push_back({0, 3, 15, 1, 9});
  map.inactive.push_back({1, 20, 27, 5, 25});
  return map;
}

TEST(StateShares, EqualACountAtEveryZoom) {
  const StateMap map = two_streams();
  const double end = static_cast<double>(map.rows) - 0.5;
  expect_like_count(map, {27, 27, {-0.5, end}, {-0.5, end}});    // one entry per pixel
  expect_like_count(map, {5, 4, {-0.5, end}, {-0.5, end}});      // many entries per pixel
  expect_like_count(map, {61, 83, {-0.5, end}, {-0.5, end}});    // many pixels per entry
  expect_like_count(map, {13, 9, {3.3, 11.9}, {7.1, 19.2}});     // a part
  expect_like_count(map, {17, 11, {-9.0, 40.0}, {-3.0, 35.5}});  // more than there is
  expect_like_count(map, {7, 7, {2.0, 2.25}, {5.0, 5.25}});      // inside one entry
}

void expect_like_count_at_every_zoom(const StateMap& map) {
  const double end = static_cast<double>(map.rows) - 0.5;
  expect_like_count(map, {27, 27, {-0.5, end}, {-0.5, end}});
  expect_like_count(map, {5, 4, {-0.5, end}, {-0.5, end}});
  expect_like_count(map, {61, 83, {-0.5, end}, {-0.5, end}});
  expect_like_count(map, {13, 9, {3.3, 11.9}, {7.1, 19.2}});
  expect_like_count(map, {17, 11, {-9.0, 40.0}, {-3.0, 35.5}});
}

TEST(StateShares, RowsOfASlidingLayerSeeTheLastKeysOnly) {
  StateMap map = samples::streaming_map({20, 7, 6, 0, 4});
  map.streams.front().window = 5;
  expect_like_count_at_every_zoom(map);
  map.streams.push_back(samples::streaming_map({20, 7, 20, 1, 2}).streams.front());
  expect_like_count_at_every_zoom(map);
  // Row 5 of the first chunk: key 1 is one of its last five, key 0 is not.
  map.streams.resize(1);
  const StateShares shares = state_shares(map, {2, 1, {-0.5, 1.5}, {4.5, 5.5}});
  EXPECT_EQ(shares.inactive, (std::vector<float>{1, 0}));
}

// Streams that lose keys after chunks of 16 rows, as a hash says; one in five slides.
StateMap many_streams(std::int64_t rows) {
  StateMap map;
  map.rows = rows;
  for (std::uint32_t s = 0; s < 10; ++s) {
    std::vector<std::int32_t> evicted_at;
    for (std::int64_t key = 0; key < rows; ++key) {
      const std::uint32_t drawn =
          (static_cast<std::uint32_t>(key) * 2654435761U + s * 40503U) >> 24U;
      const std::int64_t chunks = drawn < 80 ? 100'000 : 1 + drawn % 7;
      evicted_at.push_back(static_cast<std::int32_t>(std::min(rows, (key / 16 + chunks) * 16)));
    }
    map.streams.push_back({std::make_shared<const std::vector<std::int32_t>>(std::move(evicted_at)),
                           s % 5 == 0 ? 24 : 0});
  }
  map.streams[3].evicted_at = map.streams[2].evicted_at;  // lists may be shared,
  map.streams[5].evicted_at = map.streams[6].evicted_at;  // with another window too
  return map;
}

TEST(StateSum, IsTheMeanOverStreamsAtEveryZoom) {
  const StateMap each = many_streams(1100);
  StateMap summed;
  summed.rows = each.rows;
  summed.sum = StateSum::make(each.streams, each.rows);
  ASSERT_EQ(summed.sum->levels(), 2U);
  for (const StateView& view : {StateView{11, 40, {-0.5, 1099.5}, {-0.5, 1099.5}},
                                StateView{23, 17, {100.2, 1090.7}, {300.1, 1200.0}},
                                StateView{50, 50, {-30.0, 1200.0}, {-30.0, 1200.0}},
                                StateView{40, 30, {500.5, 520.5}, {520.5, 535.5}}}) {
    const StateShares naive = state_shares(each, view);
    const StateShares sum = state_shares(summed, view);
    for (std::size_t i = 0; i < naive.present.size(); ++i) {
      ASSERT_NEAR(sum.present[i], naive.present[i], 1e-4) << i;
      ASSERT_NEAR(sum.evicted[i], naive.evicted[i], 1e-4) << i;
      ASSERT_NEAR(sum.inactive[i], naive.inactive[i], 1e-4) << i;
    }
  }
}

TEST(StateSum, CountsOfOneEntry) {
  const StateMap map = many_streams(100);
  const auto sum = StateSum::make(map.streams, map.rows);
  EXPECT_EQ(sum->streams(), 10);
  for (std::int64_t row = 0; row < map.rows; ++row) {
    for (std::int64_t key = 0; key <= row; ++key) {
      std::int64_t evicted = 0;
      std::int64_t inactive = 0;
      for (const KeyLives& lives : map.streams) {
        const bool gone = (*lives.evicted_at)[static_cast<std::size_t>(key)] <= row;
        evicted += gone ? 1 : 0;
        inactive += !gone && lives.window > 0 && row >= key + lives.window ? 1 : 0;
      }
      ASSERT_EQ(sum->at(row, key).evicted, evicted) << row << " " << key;
      ASSERT_EQ(sum->at(row, key).inactive, inactive) << row << " " << key;
    }
  }
}

TEST(StateSum, ACancelGivesNothing) {
  const StateMap map = many_streams(100);
  const std::atomic<bool> cancel = true;
  EXPECT_EQ(StateSum::make(map.streams, map.rows, &cancel), nullptr);
}

TEST(StateShares, LongRunsCostPixels) {
  EXPECT_EQ(keys_together(131072, 1000), 1);
  EXPECT_EQ(keys_together(kMostExactKeys, 1000), 1);
  EXPECT_EQ(keys_together(kMostExactKeys + 1, 1000), 4);
  EXPECT_EQ(keys_together(200'000'000, 1000), 2048);      // 97657 of them
  EXPECT_EQ(keys_together(kMostExactKeys + 1, 2000), 1);  // of a wide picture more
}

// A sum counts all keys, one stream of a long run some of them: both must look the same.
TEST(StateShares, SomeOfManyKeysTellOfTheOthers) {
  constexpr std::int32_t kRows = 600'000;
  const auto expect_alike = [](const StateMap& map, const StateView& view) {
    ASSERT_GT(keys_together(static_cast<std::int64_t>(view.keys.high - view.keys.low), view.width),
              1);
    StateMap all = map;
    all.sum = StateSum::make(map.streams, map.rows);
    all.streams.clear();
    const StateShares exact = state_shares(all, view);
    const StateShares shares = state_shares(map, view);
    ASSERT_EQ(shares.inactive.size(), exact.inactive.size());
    for (std::size_t i = 0; i < shares.present.size(); ++i) {
      ASSERT_NEAR(shares.evicted[i], exact.evicted[i], 0.02) << i;
      if (!exact.inactive.empty()) {
        ASSERT_NEAR(shares.inactive[i], exact.inactive[i], 0.02) << i;
      }
      // Present is the area below the diagonal, whoever goes.
      ASSERT_EQ(shares.present[i], exact.present[i]) << i;
    }
  };
  const double end = kRows - 0.5;
  const StateView whole{50, 40, {-0.5, end}, {-0.5, end}};
  const StateView part{61, 33, {70'000.3, 580'000.1}, {100'000.5, 500'000.25}};
  StateMap map = samples::streaming_map({kRows - 50, 50, 8192, 128, 30'000});
  expect_alike(map, whole);
  expect_alike(map, part);
  map.streams.front().window = 100'000;
  expect_alike(map, whole);
  expect_alike(map, part);
  // Every other key goes early, in step with neighbours that are drawn as one.
  std::vector<std::int32_t> alternate;
  for (std::int32_t key = 0; key < kRows; ++key) {
    alternate.push_back(key % 2 == 0 ? kRows : std::min(key + 50'000, kRows));
  }
  map.streams = {{std::make_shared<const std::vector<std::int32_t>>(std::move(alternate))}};
  expect_alike(map, whole);
  expect_alike(map, part);
}

TEST(StateShares, PresentIsTheTriangleOfLongRuns) {
  const StateMap map = samples::streaming_map({600'000, 1, 8192, 128, 30'000});
  const double end = static_cast<double>(map.rows) - 0.5;
  const StateShares shares = state_shares(map, {40, 40, {-0.5, end}, {-0.5, end}});
  for (std::size_t y = 0; y < 40; ++y) {
    for (std::size_t x = 0; x < 40; ++x) {
      const float expected = x < y ? 1.0F : x == y ? 0.5F : 0.0F;
      ASSERT_NEAR(shares.present[y * 40 + x], expected, 1e-4) << x << " " << y;
    }
  }
}

TEST(StateShares, AStreamEvictsIfAKeyGoesBeforeTheLastRow) {
  const StateMap map = samples::streaming_map({20, 7, 6, 2, 4});
  EXPECT_TRUE(evicts(map.streams.front(), map.rows));
  const KeyLives all{std::make_shared<const std::vector<std::int32_t>>(5, 5)};
  EXPECT_FALSE(evicts(all, 5));
  EXPECT_TRUE(evicts(all, 6));
}

TEST(StateShares, AreaIsTheFootprint) {
  // n=4, m=4, chunk 2, one sink, window 2: 26 of 36 entries stay (72.2 %).
  const StateMap map = samples::streaming_map({4, 4, 2, 1, 2});
  const StateShares shares = state_shares(map, {3, 3, {-0.5, 7.5}, {-0.5, 7.5}});
  double present = 0;
  double evicted = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    present += static_cast<double>(shares.present[i]);
    evicted += static_cast<double>(shares.evicted[i]);
  }
  EXPECT_NEAR(present * 64 / 9, 36, 1e-3);
  EXPECT_NEAR((present - evicted) * 64 / 9, 26, 1e-3);
}

TEST(StateRaster, PureStatesHavePureColours) {
  const StateMap map = samples::streaming_map({8, 4, 4, 1, 2});
  std::vector<std::uint32_t> out(144);
  raster_states(state_shares(map, {12, 12, {-0.5, 11.5}, {-0.5, 11.5}}),
                {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {250, 251, 252}}, out);
  EXPECT_EQ(out[0], 0xFF010203U);           // row 0, key 0
  EXPECT_EQ(out[1], 0xFFFAFBFCU);           // above the diagonal
  EXPECT_EQ(out[4 * 12 + 1], 0xFF070809U);  // key 1 left after the first chunk
  EXPECT_EQ(out[4 * 12 + 2], 0xFF010203U);  // key 2 is in the window
}

}  // namespace
}  // namespace kvfoot::plots
