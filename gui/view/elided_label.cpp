// Painting with an ellipsis.
#include "gui/view/elided_label.hpp"

#include <QPainter>
#include <algorithm>

namespace kvfoot::gui {

ElidedLabel::ElidedLabel(QWidget* parent) : QFrame(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ElidedLabel::set_text(const QString& text) {
  if (text != text_) {
    text_ = text;
    setToolTip(text);
    setAccessibleDescription(text);
    updateGeometry();
    update();
  }
}

QSize ElidedLabel::sizeHint() const {
  return {fontMetrics().horizontalAdvance(text_), fontMetrics().height()};
}

QSize ElidedLabel::minimumSizeHint() const {
  constexpr int kNarrow = 60;
  return {std::min(sizeHint().width(), kNarrow), sizeHint().height()};
}

void ElidedLabel::paintEvent(QPaintEvent* event) {
  QFrame::paintEvent(event);
  QPainter painter(this);
  painter.setPen(
      palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::WindowText));
  painter.drawText(contentsRect(), Qt::AlignLeft | Qt::AlignVCenter,
                   fontMetrics().elidedText(text_, Qt::ElideMiddle, width()));
}

}  // namespace kvfoot::gui
