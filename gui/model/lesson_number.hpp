// Numbers as readers of lessons write them, in whatever language and unit.
#pragma once

#include <QLocale>
#include <QString>
#include <optional>

namespace kvfoot::gui {

struct ReadNumber {
  std::optional<double> value;  // in the unit of the question
  QString problem;              // a sentence, where there is no value
};

// "1025", "1,025 keys", "0,5", "1.025,0", "131 072", "512 MiB" where GiB are asked for, digits and
// signs of full width. What can be read in two ways is left to `locale` where its own reading is
// one of them ("1,025" in English), else it is a problem, as are other units and what is no number.
[[nodiscard]] ReadNumber read_number(const QString& text, const QString& unit,
                                     const QLocale& locale = QLocale());

}  // namespace kvfoot::gui
