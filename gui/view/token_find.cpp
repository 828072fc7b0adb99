// Keys of the text come here first: it has no use for Enter and Esc itself.
#include "gui/view/token_find.hpp"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

QString number(std::int64_t value) { return QString::fromStdString(format_count(value)); }

}  // namespace

TokenFind::TokenFind(QWidget* parent) : QWidget(parent), edit_(new QLineEdit), count_(new QLabel) {
  edit_->setPlaceholderText(tr("Find in the text"));
  edit_->setAccessibleName(tr("Words to find"));
  edit_->setClearButtonEnabled(true);
  edit_->installEventFilter(this);
  count_->setAccessibleName(tr("Hits"));
  const auto button = [this](Qt::ArrowType arrow, const QString& name, const QString& tip) {
    auto* made = new QToolButton;
    made->setArrowType(arrow);
    made->setAutoRaise(true);
    made->setAccessibleName(name);
    made->setToolTip(tip);
    return made;
  };
  back_ = button(Qt::UpArrow, tr("Previous hit"), tr("Previous hit (Shift+Enter)"));
  on_ = button(Qt::DownArrow, tr("Next hit"), tr("Next hit (Enter or F3)"));
  auto* away = new QToolButton;
  away->setText(QString(QChar(0x00D7)));
  away->setAccessibleName(tr("Close"));
  away->setAutoRaise(true);
  away->setToolTip(tr("No more hits (Esc)"));
  auto* line = new QHBoxLayout(this);
  line->setContentsMargins(0, 0, 0, 0);
  line->addWidget(edit_, 1);
  for (QWidget* widget : std::initializer_list<QWidget*>{count_, back_, on_, away}) {
    line->addWidget(widget);
  }
  connect(edit_, &QLineEdit::textChanged, this, &TokenFind::words_changed);
  connect(back_, &QToolButton::clicked, this, [this] { emit stepped(-1); });
  connect(on_, &QToolButton::clicked, this, [this] { emit stepped(1); });
  connect(away, &QToolButton::clicked, this, &TokenFind::close_line);
  show_count(0, std::nullopt);
  hide();
}

QString TokenFind::words() const { return isHidden() ? QString() : edit_->text(); }

void TokenFind::open() {
  show();
  edit_->setFocus(Qt::ShortcutFocusReason);
  edit_->selectAll();
  emit words_changed(words());
}

void TokenFind::close_line() {
  hide();
  emit closed();
}

void TokenFind::show_count(std::int64_t hits, std::optional<std::int64_t> at) {
  back_->setEnabled(hits > 0);
  on_->setEnabled(hits > 0);
  count_->setText(words().isEmpty() ? QString()
                  : hits == 0       ? tr("not in the text")
                  : at              ? tr("%1 of %2").arg(number(*at + 1), number(hits))
                                    : tr("hits: %1").arg(number(hits)));
}

bool TokenFind::eventFilter(QObject* watched, QEvent* event) {
  if (watched == edit_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    switch (key->key()) {
      case Qt::Key_Return:
      case Qt::Key_Enter:
      case Qt::Key_F3:
        emit stepped(key->modifiers().testFlag(Qt::ShiftModifier) ? -1 : 1);
        return true;
      case Qt::Key_Escape:
        close_line();
        return true;
      default:
        break;
    }
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace kvfoot::gui
