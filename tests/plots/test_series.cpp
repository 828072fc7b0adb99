// The tree of extrema answers like a scan; pixels are area means.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "gui/plots/area_raster.hpp"
#include "gui/plots/stacked_series.hpp"

namespace kvfoot::plots {
namespace {

std::uint64_t next(std::uint64_t& state) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return state >> 33U;
}

// Extrema of the polyline on [from, to], point by point.
Band scan(const std::vector<double>& x, std::span<const float> y, double from, double to) {
  Band band;
  const auto include = [&](float value) {
    band = band.empty() ? Band{value, value}
                        : Band{std::min(band.low, value), std::max(band.high, value)};
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] >= from && x[i] <= to) {
      include(y[i]);
    }
    if (i + 1 < x.size() && x[i + 1] > x[i]) {
      for (const double at : {from, to}) {
        if (at > x[i] && at < x[i + 1]) {
          const double share = (at - x[i]) / (x[i + 1] - x[i]);
          include(static_cast<float>(y[i] + (y[i + 1] - y[i]) * static_cast<float>(share)));
        }
      }
    }
  }
  return band;
}

void expect_like_scan(std::size_t points, double begin, double end, std::size_t columns,
                      std::uint64_t seed) {
  std::vector<double> x;
  std::vector<std::vector<float>> layers(2);
  double at = 0;
  for (std::size_t i = 0; i < points; ++i) {
    x.push_back(at);
    at += static_cast<double>(next(seed) % 4) * 0.5;  // some jumps: the same x twice
    layers[0].push_back(static_cast<float>(next(seed) % 1000));
    layers[1].push_back(static_cast<float>(next(seed) % 10));
  }
  const auto series = StackedSeries::make(x, layers).value();
  const double low = begin * at;
  const double high = end * at;
  const auto bands = series.columns(low, high, columns);
  for (std::size_t k = 0; k < 2; ++k) {
    for (std::size_t c = 0; c < columns; ++c) {
      const double width = (high - low) / static_cast<double>(columns);
      const double from = low + width * static_cast<double>(c);
      const double to = c + 1 == columns ? high : low + width * static_cast<double>(c + 1);
      const Band expected = scan(x, series.boundary(k), from, to);
      const Band& got = bands[k * columns + c];
      // Points exactly on an edge may belong to either column, so the fast answer may only be
      // narrower there; everywhere else it is the same.
      ASSERT_EQ(got.empty(), expected.empty()) << points << " " << c;
      if (!got.empty() && std::find(x.begin(), x.end(), from) == x.end() &&
          std::find(x.begin(), x.end(), to) == x.end()) {
        ASSERT_NEAR(got.low, expected.low, 1e-3) << points << " " << k << " " << c;
        ASSERT_NEAR(got.high, expected.high, 1e-3) << points << " " << k << " " << c;
      }
    }
  }
}

TEST(StackedSeries, ColumnsEqualAScan) {
  // Sizes around the fan-out of the tree and the block of the coarse index.
  for (const std::size_t points :
       {1U, 2U, 3U, 15U, 16U, 17U, 255U, 256U, 257U, 1023U, 1025U, 5000U}) {
    expect_like_scan(points, 0.0003, 0.9991, 97, points);
    expect_like_scan(points, 0.3137, 0.4219, 31, points + 1);
    expect_like_scan(points, -0.2501, 1.2503, 53, points + 2);
    expect_like_scan(points, 0.1234, 0.9871, 1, points + 3);
  }
}

TEST(StackedSeries, BoundariesAreSums) {
  const auto series = StackedSeries::make({0, 1}, {{1, 2}, {10, 20}, {0, 0}}).value();
  EXPECT_EQ(series.boundary(2)[1], 22);
  EXPECT_EQ(series.highest(), 22);
  EXPECT_TRUE(series.layer_is_zero(2));
  EXPECT_FALSE(series.layer_is_zero(0));
}

TEST(StackedSeries, RefusesWhatCannotBeStacked) {
  EXPECT_FALSE(StackedSeries::make({}, {{}}).ok());
  EXPECT_FALSE(StackedSeries::make({0, 1}, {}).ok());
  EXPECT_FALSE(StackedSeries::make({0, 1}, {{1}}).ok());
  EXPECT_FALSE(StackedSeries::make({1, 0}, {{1, 1}}).ok());
  EXPECT_FALSE(StackedSeries::make({0, 1}, {{1, -1}}).ok());
  EXPECT_FALSE(StackedSeries::make({0, 1}, {{1, std::nanf("")}}).ok());
  EXPECT_FALSE(StackedSeries::make({0, std::nan("")}, {{1, 1}}).ok());
}

TEST(AreaRaster, FlatAreasFillTheirPixels) {
  // Live up to 2, evicted from 2 to 4, on an image from 0 to 8 that is 8 pixels high.
  const std::vector<Band> bands = {{2, 2}, {2, 2}, {4, 4}, {4, 4}};
  const std::vector<Rgb> colours = {{10, 20, 30}, {200, 100, 50}};
  std::vector<std::uint32_t> out(16);
  raster_areas({2, 8, 0, 8}, bands, colours, out);
  for (std::size_t y = 0; y < 8; ++y) {
    const std::uint32_t expected = y < 4 ? 0U : y < 6 ? 0xFFC86432U : 0xFF0A141EU;
    EXPECT_EQ(out[y * 2], expected) << y;
    EXPECT_EQ(out[y * 2 + 1], expected) << y;
  }
}

TEST(AreaRaster, SlopesBlendByArea) {
  // A boundary from 0 to 1 across one pixel covers half of it.
  const std::vector<Band> bands = {{0, 1}};
  std::vector<std::uint32_t> out(1);
  raster_areas({1, 1, 0, 1}, bands, std::vector<Rgb>{{255, 255, 255}}, out);
  EXPECT_NEAR(static_cast<double>(out[0] >> 24U), 127.5, 1);
  // Nothing to draw stays transparent.
  raster_areas({1, 1, 0, 1}, std::vector<Band>{Band{}}, std::vector<Rgb>{{255, 255, 255}}, out);
  EXPECT_EQ(out[0], 0U);
}

TEST(AreaRaster, CoverageAddsUpToTheArea) {
  // The sum of alpha over a column is the height of the top boundary, wherever it lies.
  for (double height : {0.0, 3.25, 17.5, 31.99}) {
    const auto value = static_cast<float>(height);
    std::vector<std::uint32_t> out(64);
    raster_areas({1, 64, 0, 64}, std::vector<Band>{{value, value}},
                 std::vector<Rgb>{{255, 255, 255}}, out);
    double sum = 0;
    for (const std::uint32_t pixel : out) {
      sum += static_cast<double>(pixel >> 24U) / 255;
    }
    EXPECT_NEAR(sum, height, 0.01);
  }
}

}  // namespace
}  // namespace kvfoot::plots
