// Maps the numbers of an axis to [0, 1] and back.
#pragma once

#include "gui/plots/axis.hpp"

namespace kvfoot::plots {

class AxisScale {
 public:
  AxisScale() = default;
  // range.low < range.high; on log scales range.low > 0.
  AxisScale(const Range& range, Scale scale);

  [[nodiscard]] double to_unit(double value) const;
  [[nodiscard]] double from_unit(double unit) const;
  [[nodiscard]] const Range& range() const { return range_; }
  [[nodiscard]] Scale scale() const { return scale_; }

 private:
  Range range_{};
  Scale scale_ = Scale::kLinear;
};

// Smallest range that holds the finite values, widened by `pad` of its length on the scale; a
// single value gets room around it, and no value gives [0, 1] (or [1, 2] on log scales).
class RangeFinder {
 public:
  explicit RangeFinder(Scale scale) : scale_(scale) {}
  void add(double value);
  [[nodiscard]] Range found(double pad) const;

 private:
  Scale scale_;
  bool any_ = false;
  double low_ = 0;
  double high_ = 0;
};

}  // namespace kvfoot::plots
