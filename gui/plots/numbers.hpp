// How numbers are written on axes and where ticks lie. Locale-free, so files do not depend on it.
#pragma once

#include <string>
#include <vector>

#include "gui/plots/axis.hpp"

namespace kvfoot::plots {

struct TickSet {
  std::vector<double> values;
  std::vector<std::string> labels;
  std::string unit;  // joins the axis label: "GiB", "%", "ms" or empty
};

// At most max(2, max_count) ticks inside `range`, on 1-2-5 numbers (powers of two for tokens and
// bytes), labels with equal decimals. On log axes powers of the base, thinned evenly. In the unit
// of `unit_of`; 0: of the range's larger end.
[[nodiscard]] TickSet choose_ticks(const Range& range, Quantity quantity, Scale scale,
                                   int max_count, double unit_of = 0);

// "13.2 GiB", "72.2 %", "32K", "131072" (tokens that are no multiple of 1024), "4.2M".
[[nodiscard]] std::string format_quantity(double value, Quantity quantity);
// The same in the unit of another value, as pictures write all their numbers in one unit: 300 MiB
// beside 2 GiB is "0.293 GiB".
// `decimals` of bytes from one unit up, where the usual one is too few.
[[nodiscard]] std::string format_quantity(double value, Quantity quantity, double unit_of,
                                          int decimals = -1);

// Fixed decimals, no exponent, a true minus sign.
[[nodiscard]] std::string format_fixed(double value, int decimals);

}  // namespace kvfoot::plots
