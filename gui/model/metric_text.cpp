// Labels, numbers and differences.
#include "gui/model/metric_text.hpp"

#include <QCoreApplication>
#include <cmath>

#include "gui/model/number_text.hpp"
#include "sim/io/json.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

QString with_sign(const QString& text) {
  if (text.startsWith(QLatin1Char('-'))) {
    return QStringLiteral("−") + text.mid(1);
  }
  return QStringLiteral("+") + text;
}

}  // namespace

QString metric_label(const MetricInfo& metric) {
  return QCoreApplication::translate("Metric", std::string(metric.label).c_str());
}

QString metric_text(const MetricInfo& metric, const MetricValue& value) {
  switch (metric.unit) {
    case MetricUnit::kCount:
      return count_text(std::get<std::int64_t>(value));
    case MetricUnit::kSeconds:
      return seconds_text(as_double(value));
    default:
      return QString::fromStdString(format_metric(metric, value));
  }
}

std::string plain_number(const MetricValue& value) {
  const auto* whole = std::get_if<std::int64_t>(&value);
  return whole != nullptr ? std::to_string(*whole) : format_double(std::get<double>(value));
}

DifferenceText difference_text(const MetricInfo& metric, const MetricValue& from,
                               const MetricValue& to) {
  if (from == to) {
    return {QStringLiteral("="), {}};
  }
  const double before = as_double(from);
  const double after = as_double(to);
  DifferenceText text;
  if (metric.unit == MetricUnit::kShare) {
    text.absolute = with_sign(QString::fromStdString(format_fixed(100 * (after - before), 2))) +
                    QCoreApplication::translate("Metric", " pp", "percentage points");
  } else if (metric.integer) {
    const MetricValue difference = std::get<std::int64_t>(to) - std::get<std::int64_t>(from);
    text.absolute = with_sign(metric_text(metric, difference));
  } else {
    text.absolute = with_sign(metric_text(metric, MetricValue{after - before}));
  }
  if (before != 0) {
    text.relative = with_sign(QString::fromStdString(
                        format_fixed(100 * (after - before) / std::abs(before), 2))) +
                    QStringLiteral(" %");
  }
  return text;
}

}  // namespace kvfoot::gui
