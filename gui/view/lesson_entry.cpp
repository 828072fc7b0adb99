#include "gui/view/lesson_entry.hpp"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

namespace kvfoot::gui {
namespace {

constexpr int kTickWidth = 18;
constexpr qreal kRadius = 4;
constexpr qreal kEdge = 0.5;
constexpr int kHoverAlpha = 40;

QLabel* add_label(QVBoxLayout& layout, const QString& text) {
  auto* label = new QLabel(text);
  label->setWordWrap(true);
  label->setAttribute(Qt::WA_TransparentForMouseEvents);
  layout.addWidget(label);
  return label;
}

}  // namespace

LessonEntry::LessonEntry(const QString& title, const QString& summary, QWidget* parent)
    : QAbstractButton(parent) {
  setText(title);
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_Hover);
  setAccessibleDescription(summary);
  setToolTip(tr("Open this lesson"));
  tick_ = new QLabel;
  tick_->setFixedWidth(kTickWidth);
  tick_->setAttribute(Qt::WA_TransparentForMouseEvents);
  auto* texts = new QVBoxLayout;
  QLabel* heading = add_label(*texts, title);
  QFont bold = heading->font();
  bold.setBold(true);
  heading->setFont(bold);
  add_label(*texts, summary);
  mark_ = add_label(*texts, QString());
  mark_->setForegroundRole(QPalette::PlaceholderText);  // matters less; follows light and dark
  auto* row = new QHBoxLayout(this);
  row->addWidget(tick_, 0, Qt::AlignTop);
  row->addLayout(texts, 1);
}

void LessonEntry::set_mark(const QString& mark, bool done) {
  mark_->setText(mark);
  tick_->setText(done ? QStringLiteral("\u2713") : QStringLiteral("\u25cb"));
  setAccessibleName(QStringLiteral("%1, %2").arg(text(), mark));
}

QString LessonEntry::mark() const { return mark_->text(); }

void LessonEntry::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF frame = QRectF(rect()).adjusted(kEdge, kEdge, -kEdge, -kEdge);
  QColor fill = palette().color(QPalette::Highlight);
  fill.setAlpha(isDown() ? 2 * kHoverAlpha : (underMouse() ? kHoverAlpha : 0));
  painter.setBrush(fill);
  painter.setPen(palette().color(hasFocus() ? QPalette::Highlight : QPalette::Mid));
  painter.drawRoundedRect(frame, kRadius, kRadius);
}

}  // namespace kvfoot::gui
