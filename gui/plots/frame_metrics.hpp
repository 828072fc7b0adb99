// Distances that layout and drawing of a frame share.
#pragma once

#include "gui/plots/frame.hpp"

namespace kvfoot::plots {

inline constexpr double kMargin = 12;
inline constexpr double kTickLength = 4;
inline constexpr double kTickGap = 4;
inline constexpr double kLabelGap = 6;

// "KV memory (GiB)".
[[nodiscard]] QString label_with_unit(const Axis& axis, const TickSet& ticks);

}  // namespace kvfoot::plots
