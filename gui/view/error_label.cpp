// Colour and wrapping of errors.
#include "gui/view/error_label.hpp"

#include <QEvent>

#include "gui/view/looks.hpp"

namespace kvfoot::gui {

ErrorLabel::ErrorLabel(QWidget* parent) : QLabel(parent) {
  setWordWrap(true);
  setTextFormat(Qt::PlainText);
  setTextInteractionFlags(Qt::TextSelectableByMouse);
  hide();
  choose_colour();
}

void ErrorLabel::set_message(const QString& message) {
  setText(message);
  setAccessibleName(message.isEmpty() ? QString() : tr("Error: %1").arg(message));
  setVisible(!message.isEmpty());
}

void ErrorLabel::choose_colour() {
  const bool dark = theme_of(*this).dark();
  QPalette colours = palette();
  // Vermillion; its contrast to the ground is above 5 : 1 either way.
  colours.setColor(QPalette::WindowText,
                   dark ? QColor(0xff, 0x9a, 0x6b) : QColor(0xa8, 0x3c, 0x00));
  choosing_ = true;
  setPalette(colours);
  choosing_ = false;
}

void ErrorLabel::changeEvent(QEvent* event) {
  QLabel::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && !choosing_) {
    choose_colour();
  }
}

}  // namespace kvfoot::gui
