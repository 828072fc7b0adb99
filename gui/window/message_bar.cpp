// Sign, text, an action if there is one, and a button that closes.
#include "gui/window/message_bar.hpp"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <utility>

namespace kvfoot::gui {

MessageBar::MessageBar(QWidget* parent) : QFrame(parent) {
  setFrameShape(QFrame::StyledPanel);
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::ToolTipBase);
  setAccessibleName(tr("Message"));
  sign_ = new QLabel;
  label_ = new QLabel;
  label_->setWordWrap(true);
  // A long word of a message must not widen the window.
  label_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  label_->setTextFormat(Qt::PlainText);
  label_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  button_ = new QPushButton;
  close_ = new QPushButton(tr("Close"));
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(8, 4, 8, 4);
  layout->addWidget(sign_);
  layout->addWidget(label_, 1);
  layout->addWidget(button_);
  layout->addWidget(close_);
  connect(button_, &QPushButton::clicked, this, [this] { end_offer(action_); });
  connect(close_, &QPushButton::clicked, this, [this] {
    if (button_->isHidden()) {  // a message, perhaps above an offer
      show_offer_again();
    } else {
      end_offer(refused_);
    }
  });
  hide();
}

void MessageBar::end_offer(std::function<void()> how) {
  offer_.clear();
  action_ = {};
  refused_ = {};
  hide();
  if (how) {
    how();
  }
}

void MessageBar::show_offer_again() {
  if (offer_.isEmpty()) {
    hide();
    return;
  }
  button_->show();
  put(Kind::kNote, offer_);
}

void MessageBar::put(Kind kind, const QString& text) {
  kind_ = kind;
  const auto icon =
      kind == Kind::kError ? QStyle::SP_MessageBoxWarning : QStyle::SP_MessageBoxInformation;
  sign_->setPixmap(style()->standardIcon(icon).pixmap(20, 20));
  label_->setText(text);
  show();
}

void MessageBar::show_message(Kind kind, const QString& text) {
  button_->hide();
  put(kind, text);
}

void MessageBar::show_offer(const QString& text, const QString& button,
                            std::function<void()> action, std::function<void()> refused) {
  offer_ = text;
  action_ = std::move(action);
  refused_ = std::move(refused);
  button_->setText(button);
  show_offer_again();
}

void MessageBar::clear_error() {
  if (kind_ == Kind::kError && !isHidden()) {
    show_offer_again();
  }
}

QString MessageBar::text() const { return isHidden() ? QString() : label_->text(); }

}  // namespace kvfoot::gui
