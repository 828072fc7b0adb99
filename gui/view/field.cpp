// The part below the value, and what all fields do alike.
#include "gui/view/field.hpp"

#include <QEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QVBoxLayout>

#include "gui/view/error_label.hpp"

namespace kvfoot::gui {
namespace {

class WheelGuard final : public QObject {
 public:
  using QObject::QObject;

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    auto* part = qobject_cast<QWidget*>(watched);
    if (event->type() == QEvent::Wheel && part != nullptr && !part->hasFocus()) {
      event->ignore();  // goes on to the parent, which scrolls
      return true;
    }
    return QObject::eventFilter(watched, event);
  }
};

}  // namespace

void wheel_only_with_focus(QWidget* part) {
  part->setFocusPolicy(Qt::StrongFocus);
  part->installEventFilter(new WheelGuard(part));
}

// A line that has the focus when its field goes loses it on the way, and would enter its text into
// what is no field any more.
Field::~Field() {
  for (QLineEdit* line : findChildren<QLineEdit*>()) {
    line->blockSignals(true);
  }
}

Field::Field(QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  row_ = new QHBoxLayout;
  row_->setSpacing(6);
  column->addLayout(row_);
  message_ = new ErrorLabel;
  column->addWidget(message_);
}

void Field::add_part(QWidget* part, int stretch) {
  row_->addWidget(part, stretch);
  parts_.push_back(part);
}

void Field::set_text(const QString& text) {
  if (text == text_ && !error_.isEmpty()) {
    return;
  }
  text_ = text;
  error_.clear();
  show_messages();
  show_text();
}

void Field::show_error(const QString& message) {
  if (message.isEmpty() && !error_.isEmpty()) {
    error_.clear();
    show_text();
  }
  error_ = message;
  show_messages();
}

void Field::show_complaint(const QString& message) {
  complaint_ = message;
  show_messages();
}

void Field::enter(const QString& text) {
  if (text == text_) {
    show_error({});
  } else {
    emit edited(text);
  }
}

void Field::show_messages() { message_->set_message(error_.isEmpty() ? complaint_ : error_); }

}  // namespace kvfoot::gui
