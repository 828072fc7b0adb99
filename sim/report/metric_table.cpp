// The list of metrics, one line each.
#include "sim/report/metric_table.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

namespace kvfoot {
namespace {

template <class Field>
struct Unwrap {
  using Type = Field;
  static constexpr bool kOptional = false;
};
template <class Inner>
struct Unwrap<std::optional<Inner>> {
  using Type = Inner;
  static constexpr bool kOptional = true;
};

template <auto Member>
constexpr MetricInfo entry(std::string_view name, std::string_view label, MetricUnit unit) {
  using Field = std::remove_cvref_t<decltype(Metrics{}.*Member)>;
  using Number = typename Unwrap<Field>::Type;
  return MetricInfo{
      name,
      label,
      unit,
      !Unwrap<Field>::kOptional,
      std::is_same_v<Number, std::int64_t>,
      [](const Metrics& metrics) -> std::optional<MetricValue> {
        if constexpr (Unwrap<Field>::kOptional) {
          if (!(metrics.*Member).has_value()) {
            return std::nullopt;
          }
          return MetricValue{*(metrics.*Member)};
        } else {
          return MetricValue{metrics.*Member};
        }
      },
      [](Metrics& metrics, MetricValue value) { metrics.*Member = std::get<Number>(value); },
  };
}

constexpr std::array kMetrics = {
    entry<&Metrics::rows>("rows", "Rows", MetricUnit::kCount),
    entry<&Metrics::patch_rows>("patch_rows", "Patch rows", MetricUnit::kCount),
    entry<&Metrics::footprint>("footprint", "KV footprint", MetricUnit::kShare),
    entry<&Metrics::footprint_native>("footprint_native", "KV footprint, native",
                                      MetricUnit::kShare),
    entry<&Metrics::peak_ratio>("peak_ratio", "Peak residency", MetricUnit::kShare),
    entry<&Metrics::peak_entries>("peak_entries", "Peak entries", MetricUnit::kCount),
    entry<&Metrics::entry_rows>("entry_rows", "Entry rows", MetricUnit::kCount),
    entry<&Metrics::peak_kv_bytes>("peak_kv_bytes", "Peak KV", MetricUnit::kBytes),
    entry<&Metrics::peak_kv_bytes_pass>("peak_kv_bytes_pass", "Peak KV, whole pass",
                                        MetricUnit::kBytes),
    entry<&Metrics::page_waste_bytes>("page_waste_bytes", "Peak KV, empty", MetricUnit::kBytes),
    entry<&Metrics::peak_total_bytes>("peak_total_bytes", "Peak memory", MetricUnit::kBytes),
    entry<&Metrics::peak_total_weight_bytes>("peak_total_weight_bytes", "Peak memory, weights",
                                             MetricUnit::kBytes),
    entry<&Metrics::peak_total_kv_bytes>("peak_total_kv_bytes", "Peak memory, KV",
                                         MetricUnit::kBytes),
    entry<&Metrics::peak_total_activation_bytes>("peak_total_activation_bytes",
                                                 "Peak memory, activations", MetricUnit::kBytes),
    entry<&Metrics::peak_total_workspace_bytes>("peak_total_workspace_bytes",
                                                "Peak memory, workspace", MetricUnit::kBytes),
    entry<&Metrics::peak_total_logits_bytes>("peak_total_logits_bytes", "Peak memory, logits",
                                             MetricUnit::kBytes),
    entry<&Metrics::kv_byte_seconds>("kv_byte_seconds", "KV rent", MetricUnit::kByteSeconds),
    entry<&Metrics::ttft_s>("ttft_s", "Time to first token", MetricUnit::kSeconds),
    entry<&Metrics::tpot_s>("tpot_s", "Time per output token", MetricUnit::kSeconds),
    entry<&Metrics::total_s>("total_s", "Total time", MetricUnit::kSeconds),
    entry<&Metrics::retained_mass>("retained_mass", "Retained mass", MetricUnit::kShare),
    entry<&Metrics::retained_mass_decode>("retained_mass_decode", "Retained mass, decode",
                                          MetricUnit::kShare),
    entry<&Metrics::retained_mass_p5>("retained_mass_p5", "Retained mass, p5", MetricUnit::kShare),
};

}  // namespace

std::span<const MetricInfo> metric_table() { return kMetrics; }

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const MetricInfo& metric : kMetrics) {
    names.emplace_back(metric.name);
  }
  return names;
}

const MetricInfo* find_metric(std::string_view name) {
  const auto found = std::ranges::find(kMetrics, name, &MetricInfo::name);
  return found == kMetrics.end() ? nullptr : &*found;
}

double as_double(const MetricValue& value) {
  return std::visit([](auto number) { return static_cast<double>(number); }, value);
}

std::string_view unit_name(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::kCount:
      return "count";
    case MetricUnit::kShare:
      return "share";
    case MetricUnit::kBytes:
      return "bytes";
    case MetricUnit::kByteSeconds:
      return "byte s";
    case MetricUnit::kSeconds:
      return "s";
  }
  return "";
}

}  // namespace kvfoot
