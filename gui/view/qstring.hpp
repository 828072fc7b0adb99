// Names of the simulator as Qt's strings.
#pragma once

#include <QString>
#include <string_view>

namespace kvfoot::gui {

[[nodiscard]] inline QString to_qstring(std::string_view utf8) {
  return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

}  // namespace kvfoot::gui
