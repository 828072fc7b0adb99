#include "gui/view/elided_label.hpp"

#include <QEvent>
#include <algorithm>

#include "gui/model/plain_tip.hpp"
#include "gui/view/looks.hpp"

namespace kvfoot::gui {

ElidedLabel::ElidedLabel(Qt::TextElideMode mode, QWidget* parent) : QLabel(parent), mode_(mode) {
  setTextFormat(Qt::PlainText);
  setTextInteractionFlags(Qt::TextSelectableByMouse);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ElidedLabel::set_parts(const QStringList& parts) {
  parts_ = parts;
  const QString lines = parts.join(QLatin1Char('\n'));
  setToolTip(plain_tip(lines));
  setAccessibleDescription(lines);
  elide();
  updateGeometry();
}

QString ElidedLabel::whole() const { return parts_.join(QStringLiteral("   ")); }

// The line is cut to the width that the label gets: it must not ask for the width of what it shows.
QSize ElidedLabel::sizeHint() const {
  return {fontMetrics().horizontalAdvance(whole()), line_height(font())};
}

QSize ElidedLabel::minimumSizeHint() const {
  constexpr int kNarrow = 60;
  return {std::min(sizeHint().width(), kNarrow), sizeHint().height()};
}

void ElidedLabel::elide() {
  setText(fontMetrics().elidedText(whole(), mode_, contentsRect().width()));
}

void ElidedLabel::resizeEvent(QResizeEvent* event) {
  QLabel::resizeEvent(event);
  elide();
}

void ElidedLabel::changeEvent(QEvent* event) {
  QLabel::changeEvent(event);
  if (event->type() == QEvent::FontChange) {
    elide();
  }
}

}  // namespace kvfoot::gui
