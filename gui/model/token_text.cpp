// Reading and writing token counts; stops of sliders.
#include "gui/model/token_text.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/core/check.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::gui {
namespace {

constexpr std::int64_t kKibi = 1024;
constexpr std::int64_t kMebi = kKibi * kKibi;

std::optional<std::int64_t> tokens_of(std::string_view text) {
  if (text.empty()) {
    return std::nullopt;
  }
  const char last = text.back();
  const std::int64_t unit = last == 'K' || last == 'k'   ? kKibi
                            : last == 'M' || last == 'm' ? kMebi
                                                         : 1;
  if (unit == 1) {
    return parse_int(text);
  }
  const auto number = parse_decimal(trim(text.substr(0, text.size() - 1)));
  if (!number) {
    return std::nullopt;
  }
  // Exact: 1.5K are tokens, 1.0001K are not.
  std::int64_t value = 0;
  if (__builtin_mul_overflow(number->digits, unit, &value)) {
    return std::nullopt;
  }
  for (std::int32_t i = 0; i < number->scale; ++i) {
    if (value % 10 != 0) {
      return std::nullopt;
    }
    value /= 10;
  }
  return value;
}

}  // namespace

Result<std::int64_t> parse_tokens(std::string_view text, std::int64_t low, std::int64_t high) {
  const auto value = tokens_of(trim(text));
  const std::string allowed =
      "allowed: " + format_tokens(low) + " to " + format_tokens(high) + ", as 4096, 32K or 1M";
  if (!value) {
    return Error{"", "'" + std::string(text.substr(0, 40)) + "' is no number of tokens", allowed};
  }
  if (*value < low || *value > high) {
    return Error{"", std::string(trim(text)) + " is out of range", allowed};
  }
  return *value;
}

std::string format_tokens(std::int64_t tokens) {
  if (tokens >= kMebi && tokens % kMebi == 0) {
    return std::to_string(tokens / kMebi) + "M";
  }
  if (tokens >= kKibi && tokens % kKibi == 0) {
    return std::to_string(tokens / kKibi) + "K";
  }
  return std::to_string(tokens);
}

std::vector<double> doubling_stops(std::int64_t low, std::int64_t high) {
  KVFOOT_CHECK(low <= high, "stops of an empty range");
  std::vector<double> stops{static_cast<double>(low)};
  const auto add = [&](std::int64_t value) {
    if (value > low && value < high) {
      stops.push_back(static_cast<double>(value));
    }
  };
  add(0);
  for (std::int64_t power = 1; power < high; power *= 2) {
    const std::int64_t step = std::max<std::int64_t>(power / 4, 1);
    for (std::int64_t value = power; value < 2 * power; value += step) {
      add(value);
    }
  }
  if (high > low) {
    stops.push_back(static_cast<double>(high));
  }
  return stops;
}

std::vector<double> even_stops(double low, double high, int parts) {
  KVFOOT_CHECK(low <= high && parts >= 1, "stops of an empty range");
  std::vector<double> stops;
  for (int i = 0; i <= parts; ++i) {
    stops.push_back(low + (high - low) * i / parts);
  }
  return stops;
}

int nearest_stop(const std::vector<double>& stops, double value) {
  const auto above = std::ranges::lower_bound(stops, value);
  if (above == stops.begin()) {
    return 0;
  }
  if (above == stops.end()) {
    return static_cast<int>(stops.size()) - 1;
  }
  const double low = *(above - 1);
  const double middle = low > 0 ? std::sqrt(low * *above) : (low + *above) / 2;
  return static_cast<int>(above - stops.begin()) - (value < middle ? 1 : 0);
}

}  // namespace kvfoot::gui
