// Follows the events of the panel, and of the dock that carries it from tab to tab.
#include "gui/view/sight.hpp"

#include <QDockWidget>
#include <QEvent>
#include <utility>

namespace kvfoot::gui {

Sight::Sight(QWidget& panel) : panel_(panel) { panel_.installEventFilter(this); }

void Sight::watch_dock() {
  for (QWidget* above = panel_.parentWidget(); above != nullptr; above = above->parentWidget()) {
    if (qobject_cast<QDockWidget*>(above) != nullptr) {
      above->installEventFilter(this);  // once, however often it is called
      return;
    }
  }
}

bool Sight::eventFilter(QObject* /*watched*/, QEvent* event) {
  switch (event->type()) {
    case QEvent::Show:
      watch_dock();
      break;
    case QEvent::Hide:
    case QEvent::Move:
    case QEvent::Resize:
      break;
    default:
      return false;
  }
  const bool seen =
      event->type() != QEvent::Hide && panel_.isVisible() && !panel_.visibleRegion().isEmpty();
  if (std::exchange(seen_, seen) != seen) {
    if (seen) {
      emit appeared();
    } else {
      emit vanished();
    }
  }
  return false;
}

}  // namespace kvfoot::gui
