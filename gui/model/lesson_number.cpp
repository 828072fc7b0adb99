// Units, then separators.
#include "gui/model/lesson_number.hpp"

#include <QCoreApplication>
#include <QRegularExpression>
#include <array>
#include <cmath>
#include <string_view>

namespace kvfoot::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(LessonNumber)
};

struct Unit {
  std::string_view name;
  std::string_view family;
  double size = 1;
};

constexpr double kKibi = 1024;
// GB and its like are left out: some write them for powers of two.
constexpr std::array kUnits{Unit{"B", "bytes", 1},
                            Unit{"KiB", "bytes", kKibi},
                            Unit{"MiB", "bytes", kKibi* kKibi},
                            Unit{"GiB", "bytes", kKibi* kKibi* kKibi},
                            Unit{"TiB", "bytes", kKibi* kKibi* kKibi* kKibi},
                            Unit{"ns", "time", 1e-9},
                            Unit{"us", "time", 1e-6},
                            Unit{"\u03bcs", "time", 1e-6},
                            Unit{"ms", "time", 1e-3},
                            Unit{"s", "time", 1}};

const Unit* find_unit(const QString& name) {
  for (const Unit& unit : kUnits) {
    if (name.compare(QString::fromUtf8(unit.name), Qt::CaseInsensitive) == 0) {
      return &unit;
    }
  }
  return nullptr;
}

// How often what was given goes into what is asked for; nothing: it does not.
std::optional<double> factor(const QString& given, const QString& asked) {
  if (given.isEmpty() || given.compare(asked, Qt::CaseInsensitive) == 0) {
    return 1;
  }
  const Unit* from = find_unit(given);
  const Unit* to = find_unit(asked);
  if (from == nullptr || to == nullptr || from->family != to->family) {
    return std::nullopt;
  }
  return from->size / to->size;
}

bool matches(const char* pattern, const QString& text) {
  return QRegularExpression(QRegularExpression::anchoredPattern(QString::fromLatin1(pattern)))
      .match(text)
      .hasMatch();
}

// The digits with a point for a decimal separator; empty: it cannot be told.
QString plain(QString digits, const QLocale& locale) {
  digits.replace(QRegularExpression(QStringLiteral("['\u2019]")), QStringLiteral(" "));
  if (digits.contains(QLatin1Char(' '))) {  // of thousands, whatever follows
    if (!matches("[-+]?\\d{1,3}( \\d{3})+([.,]\\d*)?", digits)) {
      return {};
    }
    digits.remove(QLatin1Char(' '));
    return digits.replace(QLatin1Char(','), QLatin1Char('.'));
  }
  if (matches("[-+]?\\d{1,3}(,\\d{3})+\\.\\d*|[-+]?\\d{1,3}(,\\d{3}){2,}", digits)) {
    return digits.remove(QLatin1Char(','));
  }
  if (matches("[-+]?\\d{1,3}(\\.\\d{3})+,\\d*|[-+]?\\d{1,3}(\\.\\d{3}){2,}", digits)) {
    return digits.remove(QLatin1Char('.')).replace(QLatin1Char(','), QLatin1Char('.'));
  }
  if (digits.count(QLatin1Char(',')) + digits.count(QLatin1Char('.')) > 1) {
    return {};
  }
  // One separator and three digits behind it: of thousands or decimals.
  if (matches("[-+]?[1-9]\\d{0,2},\\d{3}", digits)) {
    return locale.groupSeparator() == QLatin1String(",")
               ? digits.remove(QLatin1Char(','))
               : digits.replace(QLatin1Char(','), QLatin1Char('.'));
  }
  if (matches("[-+]?[1-9]\\d{0,2}\\.\\d{3}", digits) &&
      locale.groupSeparator() == QLatin1String(".")) {
    return {};  // lessons write decimals with a point, readers there may not
  }
  return digits.replace(QLatin1Char(','), QLatin1Char('.'));
}

}  // namespace

ReadNumber read_number(const QString& text, const QString& unit, const QLocale& locale) {
  QString given = text.normalized(QString::NormalizationForm_KC).simplified();  // of full width
  given.replace(QChar(0x2212), QLatin1Char('-')).replace(QChar(0x3002), QLatin1Char('.'));
  static const QRegularExpression parts(QRegularExpression::anchoredPattern(QStringLiteral(
      "([-+]?\\d[\\d .,'\u2019]*?(?:[eE][-+]?\\d+)?|[-+]?[.,]\\d+) ?([^\\d\\s.,'\u2019].*)?")));
  const QRegularExpressionMatch found = parts.match(given);
  if (!found.hasMatch()) {
    return {std::nullopt,
            unit.isEmpty()
                ? Words::tr("A number is expected, such as 12.5.")
                : Words::tr("A number is expected, such as 12.5, in this unit: %1.").arg(unit)};
  }
  const QString said = found.captured(2);
  const auto scale = factor(said, unit.normalized(QString::NormalizationForm_KC));
  if (!scale) {
    return {std::nullopt,
            unit.isEmpty()
                ? Words::tr("A number alone is expected, without “%1”.").arg(said)
                : Words::tr("The answer is expected in this unit: %1, not “%2”.").arg(unit, said)};
  }
  bool ok = false;
  const QString digits = plain(found.captured(1), locale);
  const double value = QLocale::c().toDouble(digits, &ok);
  if (!ok || !std::isfinite(value)) {
    return {std::nullopt,
            Words::tr("“%1” can be read in more than one way. Write it without separators of "
                      "thousands, and decimals with a point.")
                .arg(found.captured(1))};
  }
  return {value * *scale, {}};
}

}  // namespace kvfoot::gui
