#include "gui/model/table_text.hpp"

#include <QCoreApplication>

namespace kvfoot::gui {
namespace {

QString translated(const char* context, std::string_view english) {
  return QCoreApplication::translate(context, std::string(english).c_str());
}

}  // namespace

QString policy_text(std::string_view english) { return translated("Policy", english); }

QString segment_name(std::string_view english) { return translated("Segment", english); }

}  // namespace kvfoot::gui
