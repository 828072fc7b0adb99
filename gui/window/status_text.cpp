#include "gui/window/status_text.hpp"

#include <QEvent>

namespace kvfoot::gui {

StatusText::StatusText(QWidget* parent) : QLabel(parent) {
  setTextFormat(Qt::PlainText);
  setTextInteractionFlags(Qt::TextSelectableByMouse);
  // Its text is cut to its width and must not ask for one.
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void StatusText::set_parts(const QStringList& parts) {
  parts_ = parts;
  setToolTip(parts.join(QLatin1Char('\n')));
  setAccessibleDescription(toolTip());
  elide();
}

QString StatusText::whole() const { return parts_.join(QStringLiteral("   ")); }

void StatusText::elide() {
  setText(fontMetrics().elidedText(whole(), Qt::ElideRight, contentsRect().width()));
}

void StatusText::resizeEvent(QResizeEvent* event) {
  QLabel::resizeEvent(event);
  elide();
}

void StatusText::changeEvent(QEvent* event) {
  QLabel::changeEvent(event);
  if (event->type() == QEvent::FontChange) {
    elide();
  }
}

}  // namespace kvfoot::gui
