// Sign, text, and what can be done about it.
#include "gui/window/message_bar.hpp"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <utility>

namespace kvfoot::gui {
namespace {

QAccessibleInterface* make_accessible(const QString&, QObject* object) {
  auto* bar = qobject_cast<MessageBar*>(object);
  return bar == nullptr ? nullptr : new QAccessibleWidget(bar, QAccessible::AlertMessage);
}

}  // namespace

MessageBar::MessageBar(QWidget* parent) : QFrame(parent) {
  QAccessible::installFactory(make_accessible);  // no more than once
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

void MessageBar::put() {
  for (QPushButton* button : buttons_) {
    button->hide();
    button->deleteLater();  // one of them may be what was pressed
  }
  buttons_.clear();
  if (messages_.empty() && !offer_) {
    hide();
    return;
  }
  const Entry& entry = messages_.empty() ? *offer_ : messages_.back();
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
  setAccessibleDescription(entry.text);
  QAccessibleEvent alert(this, QAccessible::Alert);
  QAccessible::updateAccessibility(&alert);
}

void MessageBar::choose(const std::function<void()>& run) {
  const std::function<void()> chosen = run;  // outlives its button
  if (messages_.empty()) {
    offer_.reset();
  } else {
    messages_.pop_back();
  }
  put();
  if (chosen) {
    chosen();
  }
}

void MessageBar::show_message(Kind kind, const QString& text, std::vector<Choice> choices,
                              Source source) {
  choices.push_back({tr("Close"), tr("Close this message"), {}});
  std::erase_if(messages_, [&](const Entry& entry) {
    return entry.kind == Kind::kNote || entry.source == source;
  });
  messages_.push_back({kind, source, text, std::move(choices)});
  put();
}

void MessageBar::show_offer(const QString& text, std::vector<Choice> choices) {
  offer_ = {Kind::kNote, Source::kAction, text, std::move(choices)};
  if (messages_.empty()) {
    put();
  }
}

void MessageBar::clear_error(Source source) {
  const auto gone = std::erase_if(messages_, [&](const Entry& entry) {
    return entry.kind == Kind::kError && entry.source == source;
  });
  if (gone > 0) {
    put();
  }
}

void MessageBar::take_over(const MessageBar& before) {
  for (const Entry& entry : before.messages_) {
    if (entry.kind == Kind::kError) {
      show_message(entry.kind, entry.text, {}, entry.source);
    }
  }
}

QString MessageBar::text() const { return isHidden() ? QString() : label_->text(); }

}  // namespace kvfoot::gui
