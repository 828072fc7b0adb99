// Metrics in words: labels, differences, and numbers for spreadsheets.
#pragma once

#include <QString>
#include <string>

#include "sim/report/metric_table.hpp"

namespace kvfoot::gui {

// A metric's name in the reader's language.
[[nodiscard]] QString metric_label(const MetricInfo& metric);

// What it says, in a sentence or two.
[[nodiscard]] QString metric_help(const MetricInfo& metric);

// As people read it: format_metric() with digits and times as everywhere.
[[nodiscard]] QString metric_text(const MetricInfo& metric, const MetricValue& value);

// For spreadsheets: every digit, in unit_name(); shares stay shares.
[[nodiscard]] std::string plain_number(const MetricValue& value);

// Signed, with a true minus sign: "−72.66 pp" and "−72.66 %". Equal numbers: "=" and nothing.
// Nothing is relative to zero.
struct DifferenceText {
  QString absolute;
  QString relative;
};
[[nodiscard]] DifferenceText difference_text(const MetricInfo& metric, const MetricValue& from,
                                             const MetricValue& to);

}  // namespace kvfoot::gui
