// Stacked areas as pixels: one pass over the image, whatever the number of points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "gui/plots/colour.hpp"
#include "gui/plots/stacked_series.hpp"

namespace kvfoot::plots {

struct AreaRaster {
  std::size_t width = 0;
  std::size_t height = 0;
  double low = 0;   // value at the bottom edge of the image
  double high = 1;  // value at its top edge
};

// Writes premultiplied ARGB, out[height][width], transparent where no area is.
// bands[layer * width + column] come from StackedSeries::columns, colours[layer] from the bottom
// up. A pixel's colour is the mean over its area: along a slope that is exact, for data denser than
// the pixels the values are taken as evenly spread between the extrema of the column.
void raster_areas(const AreaRaster& raster, std::span<const Band> bands,
                  std::span<const Rgb> colours, std::span<std::uint32_t> out);

}  // namespace kvfoot::plots
