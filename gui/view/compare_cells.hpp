// Cells of the comparison table: the number, and smaller below it the difference to the baseline.
#pragma once

#include <QStyledItemDelegate>

namespace kvfoot::gui {

class CompareCells final : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override;
  [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                               const QModelIndex& index) const override;
};

}  // namespace kvfoot::gui
