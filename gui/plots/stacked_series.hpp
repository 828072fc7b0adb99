// Stacked curves over a common x, prepared so that any view of them costs columns, not points.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/core/result.hpp"

namespace kvfoot::plots {

// Extrema of a boundary over one column of pixels; low > high where the curve is absent.
struct Band {
  float low = 1;
  float high = 0;
  [[nodiscard]] bool empty() const { return low > high; }
  friend bool operator==(const Band&, const Band&) = default;
};

// Immutable. Boundary k is the sum of the layers 0..k, linear between points; two points with the
// same x make a jump. A tree of extrema (fan-out 16) answers a column in logarithmic time.
class StackedSeries {
 public:
  // x[points] does not descend; layers[layer][points] are finite and not negative.
  [[nodiscard]] static Result<StackedSeries> make(std::vector<double> x,
                                                  std::vector<std::vector<float>> layers);

  [[nodiscard]] std::size_t points() const { return x_.size(); }
  [[nodiscard]] std::size_t layers() const { return boundaries_.size(); }
  [[nodiscard]] std::span<const double> x() const { return x_; }
  [[nodiscard]] std::span<const float> boundary(std::size_t layer) const {
    return boundaries_[layer].values;
  }
  [[nodiscard]] float highest() const;  // of the top boundary
  // Whether a layer is zero everywhere: it then needs no legend entry.
  [[nodiscard]] bool layer_is_zero(std::size_t layer) const { return zero_[layer]; }

  // Extrema of every boundary over `count` equal columns of [x_begin, x_end]:
  // result[layer * count + column].
  [[nodiscard]] std::vector<Band> columns(double x_begin, double x_end, std::size_t count) const;

  // Index of the first point with x >= value.
  [[nodiscard]] std::size_t first_at_or_after(double value) const;

 private:
  struct Boundary {
    std::vector<float> values;              // [points]
    std::vector<std::vector<Band>> levels;  // levels[k][i]: extrema of values[i*16^(k+1), ...)
  };
  static void build_levels(Boundary& boundary);
  static void widen(const Boundary& boundary, std::size_t begin, std::size_t end, Band& band);
  [[nodiscard]] float interpolate(const Boundary& boundary, std::size_t right, double at) const;

  std::vector<double> x_;
  std::vector<double> coarse_x_;  // every kCoarse-th x, small enough to stay in the cache
  std::vector<Boundary> boundaries_;
  std::vector<bool> zero_;
};

}  // namespace kvfoot::plots
