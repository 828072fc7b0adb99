#include "gui/window/pending_entry.hpp"

#include <QApplication>
#include <QEvent>
#include <QLineEdit>

namespace kvfoot::gui {

PendingEntry::PendingEntry(QObject* parent) : QObject(parent) { qApp->installEventFilter(this); }

bool PendingEntry::eventFilter(QObject* watched, QEvent* event) {
  const auto* pressed = qobject_cast<QWidget*>(watched);
  const bool press = event->type() == QEvent::MouseButtonPress && pressed != nullptr;
  if (!press && event->type() != QEvent::Shortcut) {
    return false;
  }
  auto* line = qobject_cast<QLineEdit*>(QApplication::focusWidget());
  if (line == nullptr || !line->isModified() || line->window()->windowType() == Qt::Dialog) {
    return false;
  }
  // Its own caret, cross and completions are still part of the typing.
  const bool typing = press && (pressed == line || line->isAncestorOf(pressed) ||
                                pressed->window()->windowType() == Qt::Popup);
  if (!typing) {
    line->setModified(false);  // once: a press that is ignored comes again, to the parent
    emit line->editingFinished();
  }
  return false;
}

}  // namespace kvfoot::gui
