// The numbers behind a panel, as CSV.
#pragma once

#include <QString>
#include <functional>
#include <string>

#include "gui/model/workspace.hpp"
#include "sim/core/result.hpp"

class QWidget;

namespace kvfoot::gui {

struct PanelNumbers {
  QString name;  // "heads, kept share at the row"
  // In full precision, below a line of names; units are part of a name unless they are entries,
  // rows or shares of one. Errors: there is nothing, or too much.
  std::function<Result<std::string>()> csv;
};

// The panel that a widget is, or is part of, among those that have numbers: timeline, heads, state
// map, comparison, trade-off. Null: none of them.
[[nodiscard]] QWidget* panel_with_numbers(QWidget* widget);

// Of what such a panel shows now. For any other widget, and none, the timeline's.
[[nodiscard]] PanelNumbers numbers_of(QWidget* panel, const Workspace& workspace);

}  // namespace kvfoot::gui
