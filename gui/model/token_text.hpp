// Token counts as people write them, and the values that sliders stop at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"

namespace kvfoot::gui {

// "131072", "128K", "1.5k", "1M": K is 1024 tokens and M 1024 K, as context lengths are named.
// Errors: anything else, fractions of a token, and what lies outside [low, high].
[[nodiscard]] Result<std::int64_t> parse_tokens(std::string_view text, std::int64_t low,
                                                std::int64_t high);
// "128K" where that is exact, digits otherwise; parse_tokens reads it.
[[nodiscard]] std::string format_tokens(std::int64_t tokens);

// Whole numbers from `low` to `high`, both included, ascending: about four per doubling, those
// between them powers of two and quarters of the way to the next.
[[nodiscard]] std::vector<double> doubling_stops(std::int64_t low, std::int64_t high);
// `parts` equal steps.
[[nodiscard]] std::vector<double> even_stops(double low, double high, int parts);
// The index of the stop next to `value` (by ratio where both are positive); stops not empty.
[[nodiscard]] int nearest_stop(const std::vector<double>& stops, double value);

}  // namespace kvfoot::gui
