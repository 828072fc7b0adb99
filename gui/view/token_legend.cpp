// A strip of the colour map and two samples.
#include "gui/view/token_legend.hpp"

#include <QFontMetricsF>
#include <QLinearGradient>
#include <QPainter>

#include "gui/view/looks.hpp"

namespace kvfoot::gui {
namespace {

constexpr double kStrip = 90;
constexpr double kGap = 6;

}  // namespace

TokenLegend::TokenLegend(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Legend"));
  setToolTip(
      tr("The colour says how many of the rows that could see the token still found it. "
         "Struck out: no stream that is looked at holds it at the chosen row any more. "
         "Faint: the row has not come to it yet."));
}

QSize TokenLegend::sizeHint() const {
  const QFontMetricsF metrics(font());
  const double width =
      metrics.horizontalAdvance(tr("lives 0 %") + tr("100 %") + tr("evicted") + tr("to come")) +
      kStrip + 7 * kGap;
  return {static_cast<int>(width), static_cast<int>(metrics.height()) + 6};
}

QSize TokenLegend::minimumSizeHint() const { return {120, sizeHint().height()}; }

void TokenLegend::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  const plots::Theme theme = theme_of(*this);
  const QFontMetricsF metrics(font());
  const double base = (height() + metrics.ascent() - metrics.descent()) / 2;
  double x = 0;
  const auto write = [&](const QString& text, const QColor& colour) {
    painter.setPen(colour);
    painter.drawText(QPointF(x, base), text);
    const double width = metrics.horizontalAdvance(text);
    x += width + kGap;
    return width;
  };
  write(tr("lives 0 %"), palette().color(QPalette::WindowText));
  const QRectF strip(x, (height() - 12) / 2.0, kStrip, 12);
  QLinearGradient gradient(strip.topLeft(), strip.topRight());
  for (int stop = 0; stop <= 16; ++stop) {
    gradient.setColorAt(stop / 16.0,
                        plots::to_qcolor(plots::sequential_colour(stop / 16.0, theme.dark())));
  }
  painter.fillRect(strip, gradient);
  x += kStrip + kGap;
  write(tr("100 %"), palette().color(QPalette::WindowText));
  x += kGap;
  const double from = x;
  const double width = write(tr("evicted"), palette().color(QPalette::WindowText));
  painter.drawLine(QPointF(from, height() / 2.0 + 1), QPointF(from + width, height() / 2.0 + 1));
  x += kGap;
  write(tr("to come"), plots::to_qcolor(plots::mix(theme.background, theme.muted, 0.6)));
}

}  // namespace kvfoot::gui
