// Formatting for people; files get full precision from elsewhere.
#include "sim/report/units.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "sim/core/text.hpp"

namespace kvfoot {

std::string format_fixed(double value, int digits) {
  std::array<char, 512> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string format_percent(double share) { return format_fixed(share * 100, 2) + " %"; }

std::string format_seconds(double seconds) {
  const double size = std::abs(seconds);
  if (size >= 100) {
    return format_fixed(seconds, 0) + " s";
  }
  if (size >= 1) {
    return format_fixed(seconds, 2) + " s";
  }
  if (size >= 1e-3) {
    return format_fixed(seconds * 1e3, 2) + " ms";
  }
  return format_fixed(seconds * 1e6, 2) + " us";
}

std::string format_count(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::size_t sign = count < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > sign + 3; i -= 3) {
    digits.insert(i - 3, " ");
  }
  return digits;
}

std::string format_metric(const MetricInfo& metric, const MetricValue& value) {
  switch (metric.unit) {
    case MetricUnit::kCount:
      return format_count(std::get<std::int64_t>(value));
    case MetricUnit::kShare:
      return format_percent(as_double(value));
    case MetricUnit::kBytes:
      return format_bytes(std::get<std::int64_t>(value));
    case MetricUnit::kByteSeconds:
      return format_fixed(as_double(value) / 1e9, 3) + " GB s";
    case MetricUnit::kSeconds:
      return format_seconds(as_double(value));
  }
  return {};
}

}  // namespace kvfoot
