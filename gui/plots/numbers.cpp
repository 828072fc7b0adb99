// Tick choice and number formats.
#include "gui/plots/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace kvfoot::plots {
namespace {

constexpr double kKibi = 1024.0;

struct Unit {
  double size = 1;
  const char* name = "";
};

constexpr double power(double base, int exponent) {
  return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

constexpr std::array<Unit, 6> kByteUnits{{{1, "B"},
                                          {kKibi, "KiB"},
                                          {power(kKibi, 2), "MiB"},
                                          {power(kKibi, 3), "GiB"},
                                          {power(kKibi, 4), "TiB"},
                                          {power(kKibi, 5), "PiB"}}};
constexpr std::array<Unit, 6> kByteSecondUnits{{{1, "B·s"},
                                                {kKibi, "KiB·s"},
                                                {power(kKibi, 2), "MiB·s"},
                                                {power(kKibi, 3), "GiB·s"},
                                                {power(kKibi, 4), "TiB·s"},
                                                {power(kKibi, 5), "PiB·s"}}};
constexpr std::array<Unit, 4> kTimeUnits{{{1e-9, "ns"}, {1e-6, "µs"}, {1e-3, "ms"}, {1, "s"}}};
constexpr std::array<Unit, 5> kCountUnits{
    {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}}};

template <std::size_t N>
Unit largest_unit(const std::array<Unit, N>& units, double magnitude) {
  Unit best = units.front();
  for (const Unit& unit : units) {
    if (magnitude >= unit.size) {
      best = unit;
    }
  }
  return best;
}

Unit unit_of(Quantity quantity, double magnitude) {
  switch (quantity) {
    case Quantity::kBytes:
      return largest_unit(kByteUnits, magnitude);
    case Quantity::kByteSeconds:
      return largest_unit(kByteSecondUnits, magnitude);
    case Quantity::kSeconds:
      return largest_unit(kTimeUnits, magnitude);
    case Quantity::kPercent:
      return {0.01, "%"};
    default:
      return {};
  }
}

double magnitude_of(const Range& range) {
  return std::max(std::abs(range.low), std::abs(range.high));
}

// Smallest 1, 2 or 5 times a power of ten that is not below `raw`.
double decimal_step(double raw) {
  const double decade = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * decade >= raw * (1 - 1e-9)) {
      return factor * decade;
    }
  }
  return 10 * decade;
}

double binary_step(double raw) { return std::exp2(std::ceil(std::log2(raw) - 1e-9)); }

int decimals_of(double step) {
  for (int decimals = 0; decimals < 9; ++decimals) {
    const double scaled = step * std::pow(10.0, decimals);
    if (std::abs(scaled - std::round(scaled)) < 1e-6 * scaled) {
      return decimals;
    }
  }
  return 9;
}

// 32768 -> "32K", 1536 -> "1.5K" where that is exact, else plain digits.
std::string format_tokens(double value) {
  for (const auto& [size, suffix] : {std::pair{kKibi * kKibi, "M"}, std::pair{kKibi, "K"}}) {
    const double scaled = value / size;
    if (std::abs(scaled) >= 1 && std::abs(scaled * 2 - std::round(scaled * 2)) < 1e-9) {
      const bool whole = std::abs(scaled - std::round(scaled)) < 1e-9;
      if (whole || suffix[0] == 'M') {
        return format_fixed(scaled, whole ? 0 : 1) + suffix;
      }
    }
  }
  return format_fixed(value, decimals_of(std::abs(value) < 1e-12 ? 1 : std::abs(value)));
}

// `decimals` of the tick step, so that neighbours are written alike: 0.5M, 1.0M.
std::string format_count(double value, const Unit& unit, int decimals) {
  return value == 0 ? "0" : format_fixed(value / unit.size, decimals) + unit.name;
}

double linear_step(double span, double unit, Quantity quantity, int max_count) {
  const double raw = span / unit / max_count;
  if (quantity == Quantity::kTokens) {
    return span >= 2048 ? std::max(1.0, binary_step(raw)) : std::max(1.0, decimal_step(raw));
  }
  if ((quantity == Quantity::kBytes || quantity == Quantity::kByteSeconds) && unit > 1 &&
      raw >= 1) {
    return binary_step(raw);
  }
  const double step = decimal_step(raw);
  return quantity == Quantity::kIndex || quantity == Quantity::kCount ? std::max(1.0, step) : step;
}

TickSet linear_ticks(const Range& range, Quantity quantity, int max_count, double magnitude) {
  TickSet ticks;
  const double span = range.high - range.low;
  const Unit unit = unit_of(quantity, magnitude);
  const double step = linear_step(span, unit.size, quantity, std::max(max_count, 2));
  const double low = range.low / unit.size;
  const double high = range.high / unit.size;
  const Unit prefix = quantity == Quantity::kCount ? largest_unit(kCountUnits, magnitude) : Unit{};
  const int decimals = decimals_of(step / prefix.size);
  const auto first = static_cast<std::int64_t>(std::ceil(low / step - 1e-9));
  const auto last = static_cast<std::int64_t>(std::floor(high / step + 1e-9));
  for (std::int64_t i = first; i <= last; ++i) {
    const double value = static_cast<double>(i) * step;
    ticks.values.push_back(value * unit.size);
    if (quantity == Quantity::kTokens) {
      ticks.labels.push_back(format_tokens(value));
    } else if (quantity == Quantity::kCount) {
      ticks.labels.push_back(format_count(value, prefix, decimals));
    } else {
      ticks.labels.push_back(format_fixed(value, decimals));
    }
  }
  ticks.unit = unit.name;
  return ticks;
}

TickSet log_ticks(const Range& range, Quantity quantity, double base, int max_count,
                  double magnitude) {
  TickSet ticks;
  const auto exponent = [&](double v) { return base == 2 ? std::log2(v) : std::log10(v); };
  const auto first = static_cast<std::int64_t>(std::ceil(exponent(range.low) - 1e-9));
  const auto last = static_cast<std::int64_t>(std::floor(exponent(range.high) + 1e-9));
  const std::int64_t stride =
      std::max<std::int64_t>(1, (last - first + std::max(max_count, 2)) / std::max(max_count, 2));
  const Unit unit = unit_of(quantity, magnitude);
  for (std::int64_t i = first; i <= last; i += stride) {
    const double value = std::pow(base, static_cast<double>(i));
    ticks.values.push_back(value);
    if (quantity == Quantity::kTokens) {
      ticks.labels.push_back(format_tokens(value));
    } else if (quantity == Quantity::kCount) {
      const Unit prefix = largest_unit(kCountUnits, value);
      ticks.labels.push_back(format_count(value, prefix, decimals_of(value / prefix.size)));
    } else {
      ticks.labels.push_back(format_fixed(value / unit.size, decimals_of(value / unit.size)));
    }
  }
  ticks.unit = unit.name;
  return ticks;
}

// What is less than its unit keeps three digits, as far as four decimals go.
std::string format_in(double scaled, int decimals) {
  constexpr int kMostDecimals = 4;
  const double size = std::abs(scaled);
  if (size > 0 && size < 1) {
    while (decimals < kMostDecimals && size * std::pow(10.0, decimals) < 99.5) {
      ++decimals;
    }
    if (size < 0.5 * std::pow(10.0, -kMostDecimals)) {
      return std::string(scaled < 0 ? "> \u2212" : "< ") + "0.0001";
    }
  }
  return format_fixed(scaled, decimals);
}

}  // namespace

std::string format_fixed(double value, int decimals) {
  std::array<char, 400> buffer{};
  const double magnitude = std::abs(value);
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude,
                                     std::chars_format::fixed, decimals);
  std::string text(buffer.data(), written.ptr);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  if (value < 0 && !zero) {
    text.insert(0, "\u2212");
  }
  return text;
}

std::string format_quantity(double value, Quantity quantity) {
  return format_quantity(value, quantity, value);
}

std::string format_quantity(double value, Quantity quantity, double unit_from, int decimals) {
  const Unit unit = unit_of(quantity, std::abs(unit_from));
  const double scaled = value / unit.size;
  switch (quantity) {
    case Quantity::kTokens:
      return format_tokens(value);
    case Quantity::kIndex:
      return format_fixed(value, 0);
    case Quantity::kCount: {
      const Unit prefix = largest_unit(kCountUnits, std::abs(unit_from));
      return format_in(value / prefix.size, prefix.size > 1 ? 1 : 0) + prefix.name;
    }
    case Quantity::kPercent:
      return format_fixed(scaled, 1) + " %";
    case Quantity::kBytes:
    case Quantity::kByteSeconds:
      return format_in(scaled, unit.size == 1 ? 0 : decimals < 0 ? 1 : decimals) + " " + unit.name;
    case Quantity::kSeconds:
      return format_in(scaled, 2) + " " + unit.name;
    case Quantity::kPlain:
      break;
  }
  return format_fixed(value, decimals_of(std::abs(value) < 1e-9 ? 1 : std::abs(value)));
}

TickSet choose_ticks(const Range& range, Quantity quantity, Scale scale, int max_count,
                     double unit_from) {
  const double magnitude = unit_from > 0 ? unit_from : magnitude_of(range);
  if (scale != Scale::kLinear) {
    TickSet ticks =
        log_ticks(range, quantity, scale == Scale::kLog2 ? 2 : 10, max_count, magnitude);
    if (ticks.values.size() >= 2) {
      return ticks;
    }
    // Less than one octave or decade: powers are too rare, so mark it like a linear axis.
  }
  return linear_ticks(range, quantity, max_count, magnitude);
}

}  // namespace kvfoot::plots
