// Two lines of text in one cell.
#include "gui/view/compare_cells.hpp"

#include <QApplication>
#include <QPainter>
#include <algorithm>

#include "gui/model/compare_table.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kPad = 6;

QFont small_font(const QFont& font) {
  QFont small = font;
  small.setPointSizeF(font.pointSizeF() * 0.86);
  return small;
}

// Nothing to say, or "=".
bool one_line(const QString& difference) { return difference.size() <= 1; }

}  // namespace

void CompareCells::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const {
  QStyleOptionViewItem cell = option;
  initStyleOption(&cell, index);
  const QString number = cell.text;
  cell.text.clear();
  const QStyle* style = cell.widget != nullptr ? cell.widget->style() : QApplication::style();
  style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
  const QString difference = index.data(CompareTable::kDifferenceRole).toString();
  const bool selected = cell.state.testFlag(QStyle::State_Selected);
  const QColor text = cell.palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
  QColor muted = text;
  muted.setAlphaF(0.72F);
  const QRect inside = cell.rect.adjusted(kPad, 0, -kPad, 0);
  painter->save();
  painter->setFont(cell.font);
  painter->setPen(text);
  if (one_line(difference)) {
    painter->drawText(inside, Qt::AlignRight | Qt::AlignVCenter, number);
    painter->setPen(muted);
    painter->drawText(inside, Qt::AlignLeft | Qt::AlignVCenter, difference);
  } else {
    const QFont small = small_font(cell.font);
    const int upper = cell.fontMetrics.height();
    const int lower = QFontMetrics(small).height();
    const int top = inside.top() + (inside.height() - upper - lower) / 2;
    painter->drawText(QRect(inside.left(), top, inside.width(), upper),
                      Qt::AlignRight | Qt::AlignVCenter, number);
    painter->setFont(small);
    painter->setPen(muted);
    painter->drawText(QRect(inside.left(), top + upper, inside.width(), lower),
                      Qt::AlignRight | Qt::AlignVCenter,
                      QFontMetrics(small).elidedText(difference, Qt::ElideRight, inside.width()));
  }
  painter->restore();
}

QSize CompareCells::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const QString difference = index.data(CompareTable::kDifferenceRole).toString();
  const QFontMetrics numbers(option.font);
  const QFontMetrics small(small_font(option.font));
  const int width = std::max(numbers.horizontalAdvance(index.data().toString()),
                             small.horizontalAdvance(difference));
  const int height = numbers.height() + (one_line(difference) ? 0 : small.height());
  return {width + 2 * kPad + 2, height + 6};
}

}  // namespace kvfoot::gui
