#include "gui/plots/words.hpp"

#include <QCoreApplication>
#include <QString>

namespace kvfoot::plots {

std::string words(const char* english, std::initializer_list<std::string> places) {
  QString text = QCoreApplication::translate("Plot", english);
  // From the last to the first, and by position: a place that holds "%1" itself stays as it is.
  qsizetype from = text.size();
  while (from > 0 && (from = text.lastIndexOf(QLatin1Char('%'), from - 1)) >= 0) {
    const int number = text.mid(from + 1, 1).toInt();
    if (number >= 1 && static_cast<std::size_t>(number) <= places.size()) {
      text.replace(from, 2, QString::fromStdString(places.begin()[number - 1]));
    }
  }
  return text.toStdString();
}

}  // namespace kvfoot::plots
