#include "gui/model/number_text.hpp"

#include <QCoreApplication>

#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Numbers)
};

constexpr QChar kThinSpace(0x202f);  // narrow, no break

}  // namespace

QString count_text(std::int64_t count) {
  return QString::fromStdString(format_count(count)).replace(QLatin1Char(' '), kThinSpace);
}

QString seconds_text(double seconds) {
  return QString::fromStdString(format_seconds(seconds))
      .replace(QLatin1String(" us"), QStringLiteral(" µs"));
}

QString pass_name(const Pass& pass, const RunLengths& run) {
  if (pass.phase == Phase::kPrefill) {
    return Words::tr("prefill pass %1").arg(count_text(pass.index));
  }
  return Words::tr("decode pass %1").arg(count_text(pass.index - run.prefill_passes()));
}

}  // namespace kvfoot::gui
