// Labels, numbers and differences.
#include "gui/model/metric_text.hpp"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <iterator>

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

struct Help {
  std::string_view metric;
  const char* text;
};

// docs/results.md has the same, longer.
constexpr Help kHelp[] = {
    {"rows", QT_TRANSLATE_NOOP("MetricHelp",
                               "Query positions of the run: the tokens of prompt and output "
                               "together.")},
    {"patch_rows", QT_TRANSLATE_NOOP("MetricHelp",
                                     "Extra rows of patched chunks. They cost bytes and time, but "
                                     "are no rows of the run.")},
    {"footprint", QT_TRANSLATE_NOOP("MetricHelp",
                                    "Resident entries summed over the rows, averaged over streams, "
                                    "as a share of full attention's.")},
    {"footprint_native",
     QT_TRANSLATE_NOOP("MetricHelp",
                       "The same sum as a share of what the model's own cache holds, "
                       "whose sliding layers evict.")},
    {"peak_ratio", QT_TRANSLATE_NOOP("MetricHelp",
                                     "The most entries that are resident at one row, as a share of "
                                     "all that the run makes.")},
    {"peak_entries", QT_TRANSLATE_NOOP("MetricHelp",
                                       "The most entries that are resident at one row, over all "
                                       "streams of one request.")},
    {"entry_rows", QT_TRANSLATE_NOOP("MetricHelp",
                                     "Resident entries summed over all rows and streams: the "
                                     "numerator of the footprint.")},
    {"peak_kv_bytes", QT_TRANSLATE_NOOP("MetricHelp",
                                        "The most memory in KV pages, if each layer frees what it "
                                        "evicts before the next layer runs.")},
    {"peak_kv_bytes_pass",
     QT_TRANSLATE_NOOP("MetricHelp",
                       "The same, if every layer holds its whole chunk until the pass "
                       "ends.")},
    {"page_waste_bytes",
     QT_TRANSLATE_NOOP("MetricHelp",
                       "What is allocated at the peak of the KV pages, but holds no "
                       "entry.")},
    {"peak_total_bytes",
     QT_TRANSLATE_NOOP("MetricHelp",
                       "The most memory of everything: weights, KV, activations, "
                       "workspace and logits together.")},
    {"peak_total_weight_bytes",
     QT_TRANSLATE_NOOP("MetricHelp", "What the weights take of the peak memory.")},
    {"peak_total_kv_bytes",
     QT_TRANSLATE_NOOP("MetricHelp", "What the KV cache takes of the peak memory.")},
    {"peak_total_activation_bytes",
     QT_TRANSLATE_NOOP("MetricHelp", "What activations take of the peak memory.")},
    {"peak_total_workspace_bytes",
     QT_TRANSLATE_NOOP("MetricHelp", "What workspaces take of the peak memory.")},
    {"peak_total_logits_bytes",
     QT_TRANSLATE_NOOP("MetricHelp", "What logits take of the peak memory.")},
    {"kv_byte_seconds",
     QT_TRANSLATE_NOOP("MetricHelp",
                       "KV bytes times the seconds for which they are held: the rent "
                       "of the cache.")},
    {"ttft_s", QT_TRANSLATE_NOOP("MetricHelp",
                                 "Time to first token: until the end of the pass with the last "
                                 "token of the prompt.")},
    {"tpot_s", QT_TRANSLATE_NOOP("MetricHelp", "Time per output token: a decode pass on average.")},
    {"total_s", QT_TRANSLATE_NOOP("MetricHelp", "Time of the whole run.")},
    {"retained_mass",
     QT_TRANSLATE_NOOP("MetricHelp",
                       "Attention mass of the full model that lies on resident keys, "
                       "averaged over rows, layers and query heads. It is not "
                       "accuracy.")},
    {"retained_mass_decode",
     QT_TRANSLATE_NOOP("MetricHelp", "The retained mass of the rows of the output.")},
    {"retained_mass_p5",
     QT_TRANSLATE_NOOP("MetricHelp", "A retained mass that 95 % of the rows reach.")},
};

}  // namespace

QString metric_help(const MetricInfo& metric) {
  const auto* const at = std::ranges::find(kHelp, metric.name, &Help::metric);
  return at == std::end(kHelp) ? QString() : QCoreApplication::translate("MetricHelp", at->text);
}

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
