// What of the data a plot shows, and how zooming and panning change it. No widgets, no pixels.
#pragma once

#include <optional>

#include "gui/plots/axis.hpp"

namespace kvfoot::gui {

// The part of the data that is shown; absent axes show everything.
struct ViewRange {
  std::optional<plots::Range> x;
  std::optional<plots::Range> y;
  friend bool operator==(const ViewRange&, const ViewRange&) = default;
};

// How far one axis can be zoomed.
struct AxisLimits {
  bool zoomable = true;
  std::optional<plots::Range> whole{};  // absent: what is shown now
  double smallest = 0;                  // length that zooming in ends at
};

// `shown` made `factor` times longer about the point at `share` of it: never longer than the whole,
// never shorter than the smallest, moved back inside. Absent: everything is shown. An axis that
// cannot be zoomed keeps `view`.
[[nodiscard]] std::optional<plots::Range> zoomed(const std::optional<plots::Range>& view,
                                                 const plots::Range& shown, double factor,
                                                 double share, const AxisLimits& limits);

// Moved by `share` of its length, not beyond the whole; what shows everything stays.
[[nodiscard]] std::optional<plots::Range> panned(const std::optional<plots::Range>& view,
                                                 double share, const AxisLimits& limits);

// Moved by as little as brings `value` into it, with a tenth of its length to spare.
[[nodiscard]] std::optional<plots::Range> revealing(const std::optional<plots::Range>& view,
                                                    double value, const AxisLimits& limits);

}  // namespace kvfoot::gui
