// What is typed in a line counts before anything acts on the scenario.
#pragma once

#include <QObject>

namespace kvfoot::gui {

// A line enters its text with Enter or as the focus leaves it, but keys like Ctrl+S, menus and tool
// buttons leave the focus where it is. Before any of them acts, this enters what was typed in the
// line with the focus. It watches the whole application from when it is made.
class PendingEntry final : public QObject {
  Q_OBJECT
 public:
  explicit PendingEntry(QObject* parent);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
};

}  // namespace kvfoot::gui
