// Triangles and bars on a square of 20.
#include "gui/window/icons.hpp"

#include <QPainter>
#include <QPixmap>

namespace kvfoot::gui {
namespace {

constexpr double kSide = 20;
constexpr int kScale = 3;  // device pixels, enough for every screen

void triangle(QPainter& painter, double x, double width) {
  painter.drawPolygon(QPolygonF({{x, 4}, {x + width, 10}, {x, 16}}));
}
void bar(QPainter& painter, double x, double width) { painter.drawRect(QRectF(x, 4, width, 12)); }

QPixmap draw(Symbol symbol, const QColor& colour) {
  QPixmap pixmap(static_cast<int>(kSide) * kScale, static_cast<int>(kSide) * kScale);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.scale(kScale, kScale);
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  const bool back = symbol == Symbol::kRowBack || symbol == Symbol::kPassBack;
  if (back) {
    painter.translate(kSide, 0);
    painter.scale(-1, 1);
  }
  switch (symbol) {
    case Symbol::kPlay:
      triangle(painter, 6, 10);
      break;
    case Symbol::kPause:
      bar(painter, 5, 3.5);
      bar(painter, 11.5, 3.5);
      break;
    case Symbol::kRowBack:
    case Symbol::kRowOn:
      bar(painter, 5, 2.5);
      triangle(painter, 9, 7);
      break;
    case Symbol::kPassBack:
    case Symbol::kPassOn:
      triangle(painter, 2.5, 6);
      triangle(painter, 8.5, 6);
      bar(painter, 15, 2.5);
      break;
  }
  return pixmap;
}

}  // namespace

QIcon symbol_icon(Symbol symbol, const QColor& colour, const QColor& disabled) {
  QIcon icon(draw(symbol, colour));
  icon.addPixmap(draw(symbol, disabled), QIcon::Disabled);
  return icon;
}

}  // namespace kvfoot::gui
