// Coverage of each pixel by each boundary, blended.
#include "gui/plots/area_raster.hpp"

#include <algorithm>
#include <vector>

#include "sim/core/check.hpp"

namespace kvfoot::plots {
namespace {

// A boundary in pixels (y down): coverage rises from 0 to 1 over [start, start + 1 / slope].
struct Edge {
  std::vector<float> start;
  std::vector<float> slope;
};

Edge to_pixels(const AreaRaster& raster, std::span<const Band> bands) {
  const auto height = static_cast<double>(raster.height);
  const double scale = height / (raster.high - raster.low);
  Edge edge{std::vector<float>(raster.width), std::vector<float>(raster.width)};
  for (std::size_t x = 0; x < raster.width; ++x) {
    if (bands[x].empty()) {
      edge.start[x] = static_cast<float>(height + 2);
      edge.slope[x] = 1;
      continue;
    }
    const auto pixel = [&](float value) {
      return (raster.high - static_cast<double>(value)) * scale;
    };
    // The mean over a pixel's height widens the ramp by half a pixel on both sides.
    const double top = pixel(bands[x].high) - 0.5;
    const double bottom = pixel(bands[x].low) + 0.5;
    edge.start[x] = static_cast<float>(top);
    edge.slope[x] = static_cast<float>(1 / (bottom - top));
  }
  return edge;
}

}  // namespace

void raster_areas(const AreaRaster& raster, std::span<const Band> bands,
                  std::span<const Rgb> colours, std::span<std::uint32_t> out) {
  const std::size_t layers = colours.size();
  KVFOOT_CHECK(bands.size() == layers * raster.width);
  KVFOOT_CHECK(out.size() == raster.width * raster.height);
  std::vector<Edge> edges;
  for (std::size_t k = 0; k < layers; ++k) {
    edges.push_back(to_pixels(raster, bands.subspan(k * raster.width, raster.width)));
  }
  std::vector<float> below(raster.width);
  std::vector<float> red(raster.width);
  std::vector<float> green(raster.width);
  std::vector<float> blue(raster.width);
  for (std::size_t y = 0; y < raster.height; ++y) {
    const float middle = static_cast<float>(y) + 0.5F;
    std::fill(below.begin(), below.end(), 0.0F);
    std::fill(red.begin(), red.end(), 0.0F);
    std::fill(green.begin(), green.end(), 0.0F);
    std::fill(blue.begin(), blue.end(), 0.0F);
    for (std::size_t k = 0; k < layers; ++k) {
      const float r = colours[k].r;
      const float g = colours[k].g;
      const float b = colours[k].b;
      const float* start = edges[k].start.data();
      const float* slope = edges[k].slope.data();
      for (std::size_t x = 0; x < raster.width; ++x) {
        const float ramp = (middle - start[x]) * slope[x];
        const float cover = std::max(below[x], std::min(1.0F, std::max(0.0F, ramp)));
        const float share = cover - below[x];
        below[x] = cover;
        red[x] += share * r;
        green[x] += share * g;
        blue[x] += share * b;
      }
    }
    std::uint32_t* row = out.data() + y * raster.width;
    for (std::size_t x = 0; x < raster.width; ++x) {
      // A stable integer store per channel lets the compiler vectorise the loop; lround would not.
      // NOLINTBEGIN(bugprone-incorrect-roundings): no value is negative, a level off is no matter.
      const auto alpha = static_cast<std::int32_t>(below[x] * 255.0F + 0.5F);
      const auto r = static_cast<std::int32_t>(red[x] + 0.5F);
      const auto g = static_cast<std::int32_t>(green[x] + 0.5F);
      const auto b = static_cast<std::int32_t>(blue[x] + 0.5F);
      // NOLINTEND(bugprone-incorrect-roundings)
      row[x] = static_cast<std::uint32_t>(alpha << 24 | std::min(r, alpha) << 16 |
                                          std::min(g, alpha) << 8 | std::min(b, alpha));
    }
  }
}

}  // namespace kvfoot::plots
