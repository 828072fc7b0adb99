// Axis mapping.
#include "gui/plots/scale.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/check.hpp"

namespace kvfoot::plots {

AxisScale::AxisScale(const Range& range, Scale scale) : range_(range), scale_(scale) {
  KVFOOT_CHECK(range.low < range.high, "an axis needs low < high");
  KVFOOT_CHECK(scale == Scale::kLinear || range.low > 0, "a log axis needs low > 0");
}

double AxisScale::to_unit(double value) const {
  if (scale_ == Scale::kLinear) {
    return (value - range_.low) / (range_.high - range_.low);
  }
  return std::log2(value / range_.low) / std::log2(range_.high / range_.low);
}

double AxisScale::from_unit(double unit) const {
  if (scale_ == Scale::kLinear) {
    return range_.low + (range_.high - range_.low) * unit;
  }
  return range_.low * std::exp2(std::log2(range_.high / range_.low) * unit);
}

void RangeFinder::add(double value) {
  if (!std::isfinite(value) || (scale_ != Scale::kLinear && value <= 0)) {
    return;
  }
  low_ = any_ ? std::min(low_, value) : value;
  high_ = any_ ? std::max(high_, value) : value;
  any_ = true;
}

Range RangeFinder::found(double pad) const {
  if (scale_ == Scale::kLinear) {
    if (!any_) {
      return {0, 1};
    }
    if (low_ == high_) {
      const double room = low_ == 0 ? 1 : 0.5 * std::abs(low_);
      return {low_ - room, high_ + room};
    }
    const double margin = pad * (high_ - low_);
    return {low_ - margin, high_ + margin};
  }
  if (!any_) {
    return {1, 2};
  }
  const double base = scale_ == Scale::kLog2 ? 2 : 10;
  if (low_ == high_) {
    return {low_ / base, high_ * base};
  }
  const double factor = std::pow(high_ / low_, pad);
  return {low_ / factor, high_ * factor};
}

}  // namespace kvfoot::plots
