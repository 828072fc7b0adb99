// The tree of extrema behind StackedSeries.
#include "gui/plots/stacked_series.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace kvfoot::plots {
namespace {

constexpr std::size_t kFan = 16;
constexpr std::size_t kCoarse = 1024;

void include(Band& band, float value) {
  if (band.empty()) {
    band = {value, value};
  } else {
    band.low = std::min(band.low, value);
    band.high = std::max(band.high, value);
  }
}

void include(Band& band, const Band& other) {
  if (!other.empty()) {
    include(band, other.low);
    include(band, other.high);
  }
}

}  // namespace

Result<StackedSeries> StackedSeries::make(std::vector<double> x,
                                          std::vector<std::vector<float>> layers) {
  if (x.empty() || layers.empty()) {
    return Error{"plot data", "stacked areas without a point", "draw a run with at least one row"};
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i]) || (i > 0 && x[i] < x[i - 1])) {
      return Error{"plot data", "x of point " + std::to_string(i) + " is not finite or descends"};
    }
  }
  StackedSeries result;
  result.zero_.assign(layers.size(), true);
  for (std::size_t k = 0; k < layers.size(); ++k) {
    if (layers[k].size() != x.size()) {
      return Error{"plot data", "layer " + std::to_string(k) + " has " +
                                    std::to_string(layers[k].size()) + " points, x has " +
                                    std::to_string(x.size())};
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!std::isfinite(layers[k][i]) || layers[k][i] < 0) {
        return Error{"plot data", "layer " + std::to_string(k) + ", point " + std::to_string(i) +
                                      " is negative or not finite"};
      }
      if (layers[k][i] > 0) {
        result.zero_[k] = false;
      }
    }
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    double sum = 0;  // in double, so that the top boundary does not gather rounding
    for (auto& layer : layers) {
      sum += static_cast<double>(layer[i]);
      layer[i] = static_cast<float>(sum);
    }
  }
  for (std::size_t i = 0; i < x.size(); i += kCoarse) {
    result.coarse_x_.push_back(x[i]);
  }
  result.x_ = std::move(x);
  result.boundaries_.resize(layers.size());
  for (std::size_t k = 0; k < layers.size(); ++k) {
    result.boundaries_[k].values = std::move(layers[k]);
    build_levels(result.boundaries_[k]);
  }
  return result;
}

void StackedSeries::build_levels(Boundary& boundary) {
  const auto fold = [](std::size_t size, const auto& at) {
    std::vector<Band> level((size + kFan - 1) / kFan);
    for (std::size_t i = 0; i < size; ++i) {
      include(level[i / kFan], at(i));
    }
    return level;
  };
  const auto& values = boundary.values;
  if (values.size() <= kFan) {
    return;
  }
  boundary.levels.push_back(fold(values.size(), [&](std::size_t i) { return values[i]; }));
  while (boundary.levels.back().size() > kFan) {
    const std::vector<Band>& below = boundary.levels.back();
    std::vector<Band> level = fold(below.size(), [&](std::size_t i) { return below[i]; });
    boundary.levels.push_back(std::move(level));
  }
}

// Adds the extrema of values[begin, end): whole blocks come from the levels above.
void StackedSeries::widen(const Boundary& boundary, std::size_t begin, std::size_t end,
                          Band& band) {
  const auto at = [&](std::size_t level, std::size_t i) {
    if (level == 0) {
      include(band, boundary.values[i]);
    } else {
      include(band, boundary.levels[level - 1][i]);
    }
  };
  std::size_t level = 0;
  while (begin < end) {
    const bool top = level == boundary.levels.size();
    while (begin < end && (top || begin % kFan != 0)) {
      at(level, begin++);
    }
    while (begin < end && end % kFan != 0) {
      at(level, --end);
    }
    begin /= kFan;
    end /= kFan;
    ++level;
  }
}

float StackedSeries::highest() const {
  Band band;
  widen(boundaries_.back(), 0, x_.size(), band);
  return band.high;
}

std::size_t StackedSeries::first_at_or_after(double value) const {
  const auto coarse = std::lower_bound(coarse_x_.begin(), coarse_x_.end(), value);
  const auto block = static_cast<std::size_t>(coarse - coarse_x_.begin());
  // The answer lies after the last coarse point below `value`, at most at the next one.
  const std::size_t begin = block == 0 ? 0 : (block - 1) * kCoarse;
  const std::size_t end = std::min(block * kCoarse, x_.size());
  const auto first = x_.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = x_.begin() + static_cast<std::ptrdiff_t>(end);
  return static_cast<std::size_t>(std::lower_bound(first, last, value) - x_.begin());
}

// Value at `at`, which lies in [x[right - 1], x[right]].
float StackedSeries::interpolate(const Boundary& boundary, std::size_t right, double at) const {
  const double x0 = x_[right - 1];
  const double x1 = x_[right];
  const double y0 = static_cast<double>(boundary.values[right - 1]);
  const double y1 = static_cast<double>(boundary.values[right]);
  return static_cast<float>(x1 > x0 ? y0 + (y1 - y0) * ((at - x0) / (x1 - x0)) : y1);
}

std::vector<Band> StackedSeries::columns(double x_begin, double x_end, std::size_t count) const {
  std::vector<Band> result(layers() * count);
  const double width = (x_end - x_begin) / static_cast<double>(count);
  const auto edge = [&](std::size_t column) {
    return column == count ? x_end : x_begin + width * static_cast<double>(column);
  };
  std::size_t left = first_at_or_after(x_begin);
  for (std::size_t column = 0; column < count; ++column) {
    const double from = edge(column);
    const double to = edge(column + 1);
    const std::size_t right = first_at_or_after(to);
    const bool enters = left > 0 && left < points();    // the curve crosses the left edge
    const bool leaves = right > 0 && right < points();  // and the right edge
    for (std::size_t k = 0; k < layers(); ++k) {
      Band& band = result[k * count + column];
      if (enters) {
        include(band, interpolate(boundaries_[k], left, from));
      }
      widen(boundaries_[k], left, right, band);
      if (leaves) {
        include(band, interpolate(boundaries_[k], right, to));
      } else if (right < points() && x_[right] <= to) {
        include(band, boundaries_[k].values[right]);  // the curve begins on the right edge
      }
    }
    left = right;
  }
  return result;
}

}  // namespace kvfoot::plots
