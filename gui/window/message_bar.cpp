// Sign, text, and what can be done about it.
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
  row_ = new QHBoxLayout(this);
  row_->setContentsMargins(8, 4, 8, 4);
  row_->addWidget(sign_);
  row_->addWidget(label_, 1);
  hide();
}

void MessageBar::put(const Entry& entry) {
  for (QPushButton* button : buttons_) {
    button->hide();
    button->deleteLater();  // one of them may be what was pressed
  }
  buttons_.clear();
  if (entry.text.isEmpty()) {
    hide();
    return;
  }
  const auto icon =
      entry.kind == Kind::kError ? QStyle::SP_MessageBoxWarning : QStyle::SP_MessageBoxInformation;
  sign_->setPixmap(style()->standardIcon(icon).pixmap(20, 20));
  label_->setText(entry.text);
  for (const Choice& choice : entry.choices) {
    auto* button = new QPushButton(choice.text);
    button->setToolTip(choice.tool_tip);
    button->setAutoDefault(false);
    connect(button, &QPushButton::clicked, this, [this, run = choice.run] { choose(run); });
    row_->addWidget(button);
    buttons_.push_back(button);
  }
  show();
}

void MessageBar::choose(const std::function<void()>& run) {
  const std::function<void()> chosen = run;  // outlives its button
  (message_.text.isEmpty() ? offer_ : message_) = {};
  put(offer_);
  if (chosen) {
    chosen();
  }
}

void MessageBar::show_message(Kind kind, const QString& text, std::vector<Choice> choices) {
  choices.push_back({tr("Close"), tr("Close this message"), {}});
  message_ = {kind, text, std::move(choices)};
  put(message_);
}

void MessageBar::show_offer(const QString& text, std::vector<Choice> choices) {
  offer_ = {Kind::kNote, text, std::move(choices)};
  if (message_.text.isEmpty()) {
    put(offer_);
  }
}

void MessageBar::clear_error() {
  if (message_.kind == Kind::kError) {
    message_ = {};
    put(offer_);
  }
}

QString MessageBar::text() const { return isHidden() ? QString() : label_->text(); }

}  // namespace kvfoot::gui
