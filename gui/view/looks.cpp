// Drawing the box, on whichever side of the pointer has room.
#include "gui/view/looks.hpp"

#include <QFontMetricsF>
#include <QLocale>
#include <QPainter>
#include <QPalette>
#include <QTextLayout>
#include <QWidget>
#include <algorithm>
#include <cmath>

namespace kvfoot::gui {
namespace {

constexpr double kPad = 8;
constexpr double kSwatch = 10;
constexpr double kGap = 12;  // between name and number, and from the pointer

}  // namespace

plots::Theme theme_of(const QWidget& widget) {
  const bool dark = widget.palette().color(QPalette::Window).lightness() < 128;
  return plots::make_theme(dark ? plots::ThemeKind::kDark : plots::ThemeKind::kLight);
}

void paint_outline(QPainter& painter, const plots::Theme& theme, const QRectF& frame,
                   const QColor& ink, double width) {
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(plots::to_qcolor(theme.background), width + 2));
  painter.drawRect(frame);
  painter.setPen(QPen(ink, width));
  painter.drawRect(frame);
}

bool is_wide(const QSize& size) { return 2 * size.width() > 3 * size.height(); }

void ReadOut::add(const QColor& colour, const QString& name, const QString& number) {
  lines_.push_back({colour, name, number});
}

int line_height(const QFont& font) {
  QTextLayout layout(QLocale().nativeLanguageName(), font);
  layout.beginLayout();
  QTextLine line = layout.createLine();
  line.setLineWidth(1000);
  layout.endLayout();
  return std::max(QFontMetrics(font).lineSpacing(), static_cast<int>(std::ceil(line.height())));
}

void ReadOut::paint(QPainter& painter, const plots::Theme& theme, const QRectF& plot,
                    const QRectF& widget, double x) const {
  painter.save();
  painter.setClipping(false);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(theme.font(plots::TextKind::kNote));
  const QFontMetricsF metrics(painter.font());
  double numbers = 0;
  for (const Line& line : lines_) {
    numbers = std::max(numbers, metrics.horizontalAdvance(line.number));
  }
  const double most = std::max(60.0, widget.width() * 0.7 - numbers - kSwatch - kGap - 3 * kPad);
  double names = std::min(most, metrics.horizontalAdvance(title_));
  for (const Line& line : lines_) {
    names = std::max(names, std::min(most, metrics.horizontalAdvance(line.name)));
  }
  const double step = metrics.lineSpacing() + 2;
  const double width = names + numbers + kSwatch + kGap + 3 * kPad;
  const double height = step * static_cast<double>(lines_.size() + 1) + 2 * kPad - 2;
  const bool right = x + kGap + width <= plot.right();
  const double left = right ? x + kGap : std::max(widget.left(), x - kGap - width);
  const double shift = std::max(0.0, left + width - widget.right());
  const double top = std::min(plot.top() + 6, widget.bottom() - height);
  const QRectF box(std::max(widget.left(), left - shift), std::max(widget.top(), top), width,
                   height);
  QColor back = plots::to_qcolor(theme.background);
  back.setAlpha(235);
  painter.setPen(QPen(plots::to_qcolor(theme.axis), 1));
  painter.setBrush(back);
  painter.drawRoundedRect(box, 3, 3);
  double y = box.top() + kPad + metrics.ascent();
  painter.setPen(plots::to_qcolor(theme.muted));
  painter.drawText(QPointF(box.left() + kPad, y),
                   metrics.elidedText(title_, Qt::ElideMiddle, width - 2 * kPad));
  for (const Line& line : lines_) {
    y += step;
    if (line.colour.isValid()) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(line.colour);
      painter.drawRect(QRectF(box.left() + kPad, y - kSwatch + 1, kSwatch, kSwatch));
    }
    painter.setPen(plots::to_qcolor(theme.text));
    painter.drawText(QPointF(box.left() + kSwatch + 2 * kPad, y),
                     metrics.elidedText(line.name, Qt::ElideMiddle, most));
    painter.drawText(QPointF(box.right() - kPad - metrics.horizontalAdvance(line.number), y),
                     line.number);
  }
  painter.restore();
}

}  // namespace kvfoot::gui
