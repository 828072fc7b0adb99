// The metrics by name: the one list that JSON, CSV, tables and plots iterate.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/core/metrics.hpp"

namespace kvfoot {

enum class MetricUnit : std::uint8_t { kCount, kShare, kBytes, kByteSeconds, kSeconds };

// Integers stay integers, so that they are written exactly.
using MetricValue = std::variant<std::int64_t, double>;

struct MetricInfo {
  std::string_view name;   // "peak_kv_bytes", as in result.json
  std::string_view label;  // "Peak KV", for tables and axes
  MetricUnit unit;
  bool required;  // false: may be absent
  bool integer;
  std::optional<MetricValue> (*get)(const Metrics&);
  // `value` holds the alternative that `integer` says.
  void (*set)(Metrics&, MetricValue value);
};

// In the order in which they are written.
[[nodiscard]] std::span<const MetricInfo> metric_table();
[[nodiscard]] std::vector<std::string> metric_names();
[[nodiscard]] const MetricInfo* find_metric(std::string_view name);
[[nodiscard]] double as_double(const MetricValue& value);
// Of a number without prefix, as in result files: "count", "share", "bytes", "byte s" or "s".
[[nodiscard]] std::string_view unit_name(MetricUnit unit);

}  // namespace kvfoot
