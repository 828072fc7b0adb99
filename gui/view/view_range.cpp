// Ranges stay inside the whole.
#include "gui/view/view_range.hpp"

#include <algorithm>

namespace kvfoot::gui {
namespace {

constexpr double kSpare = 0.1;  // of the length, beside a value that came into sight

plots::Range starting_at(double low, double length, const plots::Range& whole) {
  low = std::clamp(low, whole.low, std::max(whole.low, whole.high - length));
  return {low, low + length};
}

}  // namespace

std::optional<plots::Range> zoomed(const std::optional<plots::Range>& view,
                                   const plots::Range& shown, double factor, double share,
                                   const AxisLimits& limits) {
  if (!limits.zoomable) {
    return view;
  }
  const plots::Range whole = limits.whole.value_or(shown);
  const double length = shown.high - shown.low;
  const double longest = whole.high - whole.low;
  const double wanted = std::clamp(length * factor, std::min(limits.smallest, longest), longest);
  const double at = shown.low + share * length;
  const plots::Range range = starting_at(at - share * wanted, wanted, whole);
  return range == whole ? std::nullopt : std::optional(range);
}

std::optional<plots::Range> panned(const std::optional<plots::Range>& view, double share,
                                   const AxisLimits& limits) {
  if (!view || !limits.whole) {
    return view;
  }
  const double length = view->high - view->low;
  return starting_at(view->low + share * length, length, *limits.whole);
}

std::optional<plots::Range> revealing(const std::optional<plots::Range>& view, double value,
                                      const AxisLimits& limits) {
  if (!view || !limits.whole || (value >= view->low && value <= view->high)) {
    return view;
  }
  const double length = view->high - view->low;
  const double low = value < view->low ? value - kSpare * length : value - (1 - kSpare) * length;
  return starting_at(low, length, *limits.whole);
}

}  // namespace kvfoot::gui
