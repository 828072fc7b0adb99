// Where names of scenarios are broken into lines.
#pragma once

#include <QString>

namespace kvfoot::plots {

// Behind the last comma, blank or colon that leaves a first line which fits(line); 0: none does.
template <class Fits>
[[nodiscard]] qsizetype line_break(const QString& text, const Fits& fits) {
  for (qsizetype i = text.size() - 1; i > 0; --i) {
    const QChar before = text[i - 1];
    const bool breakable =
        before == QLatin1Char(',') || before == QLatin1Char(' ') || before == QLatin1Char(':');
    if (breakable && fits(text.left(i).trimmed())) {
      return i;
    }
  }
  return 0;
}

}  // namespace kvfoot::plots
