// Metrics in words: labels, differences, and numbers for spreadsheets.
#pragma once

#include <QString>
#include <string>
#include <string_view>

#include "sim/report/metric_table.hpp"

namespace kvfoot::gui {

// A metric's name in the reader's language.
[[nodiscard]] QString metric_label(const MetricInfo& metric);

// As people read it: format_metric() with digits grouped as everywhere.
[[nodiscard]] QString metric_text(const MetricInfo& metric, const MetricValue& value);

// For spreadsheets: every digit, in a unit without prefix; shares stay shares.
[[nodiscard]] std::string plain_number(const MetricValue& value);
[[nodiscard]] std::string_view plain_unit(MetricUnit unit);

// Signed, with a true minus sign: "−72.66 pp" and "−72.66 %". Equal numbers: "=" and nothing.
// Nothing is relative to zero.
struct DifferenceText {
  QString absolute;
  QString relative;
};
[[nodiscard]] DifferenceText difference_text(const MetricInfo& metric, const MetricValue& from,
                                             const MetricValue& to);

}  // namespace kvfoot::gui
