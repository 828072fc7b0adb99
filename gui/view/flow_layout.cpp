// Line by line.
#include "gui/view/flow_layout.hpp"

#include <algorithm>

namespace kvfoot::gui {

FlowLayout::~FlowLayout() = default;

void FlowLayout::addItem(QLayoutItem* item) {
  items_.emplace_back(item);
  invalidate();
}

QLayoutItem* FlowLayout::itemAt(int index) const {
  return index >= 0 && index < count() ? items_[static_cast<std::size_t>(index)].get() : nullptr;
}

QLayoutItem* FlowLayout::takeAt(int index) {
  if (index < 0 || index >= count()) {
    return nullptr;
  }
  QLayoutItem* item = items_[static_cast<std::size_t>(index)].release();
  items_.erase(items_.begin() + index);
  invalidate();
  return item;
}

int FlowLayout::heightForWidth(int width) const { return flow({0, 0, width, 0}, Place::kNo); }

QSize FlowLayout::sizeHint() const {
  QSize size;
  int shown = 0;
  for (const auto& item : items_) {
    if (!item->isEmpty()) {
      const QSize one = item->sizeHint();
      size = {size.width() + one.width() + (shown++ > 0 ? spacing() : 0),
              std::max(size.height(), one.height())};
    }
  }
  return size.grownBy(contentsMargins());
}

QSize FlowLayout::minimumSize() const {
  QSize size;
  for (const auto& item : items_) {
    if (!item->isEmpty()) {
      size = size.expandedTo(item->minimumSize());
    }
  }
  return size.grownBy(contentsMargins());
}

void FlowLayout::setGeometry(const QRect& rect) {
  QLayout::setGeometry(rect);
  flow(rect, Place::kYes);
}

int FlowLayout::flow(const QRect& rect, Place place) const {
  const QRect inside = rect.marginsRemoved(contentsMargins());
  int left = inside.left();
  int top = inside.top();
  int line = 0;
  for (const auto& item : items_) {
    if (item->isEmpty()) {
      continue;
    }
    const QSize wanted = item->sizeHint();
    const QSize size(
        std::min(wanted.width(), std::max(inside.width(), item->minimumSize().width())),
        wanted.height());
    if (left > inside.left() && left + size.width() > inside.left() + inside.width()) {
      left = inside.left();
      top += line + spacing();
      line = 0;
    }
    if (place == Place::kYes) {
      item->setGeometry({QPoint(left, top), size});
    }
    left += size.width() + spacing();
    line = std::max(line, size.height());
  }
  const QMargins margins = contentsMargins();
  return top + line - inside.top() + margins.top() + margins.bottom();
}

}  // namespace kvfoot::gui
