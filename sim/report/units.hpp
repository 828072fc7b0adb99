// Numbers as people read them, always with their unit.
#pragma once

#include <string>

#include "sim/report/metric_table.hpp"

namespace kvfoot {

[[nodiscard]] std::string format_percent(double share);      // "38.46 %"
[[nodiscard]] std::string format_seconds(double seconds);    // "12.3 ms"
[[nodiscard]] std::string format_count(std::int64_t count);  // "131 072"
[[nodiscard]] std::string format_fixed(double value, int digits);
[[nodiscard]] std::string format_metric(const MetricInfo& metric, const MetricValue& value);

}  // namespace kvfoot
