// A bar between its two ends.
#include "gui/view/mass_legend.hpp"

#include <QPainter>
#include <QPalette>

#include "gui/view/looks.hpp"
#include "gui/view/state_map_plot.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kBar = 72;
constexpr int kGap = 4;

QString percent(float share) {
  return MassLegend::tr("%1 %").arg(static_cast<double>(100 * share));
}

}  // namespace

MassLegend::MassLegend(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Scale of attention"));
  setToolTip(
      tr("Share of a row's attention that an entry gets, on a logarithmic scale. Below the "
         "left end nothing is drawn."));
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
}

QSize MassLegend::sizeHint() const {
  const QFontMetrics metrics = fontMetrics();
  return {metrics.horizontalAdvance(percent(kLeastShownMass)) +
              metrics.horizontalAdvance(percent(kMostShownMass)) + kBar + 2 * kGap,
          metrics.height()};
}

void MassLegend::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  const QColor text = palette().color(QPalette::WindowText);
  const QString low = percent(kLeastShownMass);
  const int left = fontMetrics().horizontalAdvance(low) + kGap;
  painter.setPen(text);
  painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, low);
  painter.drawText(rect(), Qt::AlignRight | Qt::AlignVCenter, percent(kMostShownMass));
  const int height = fontMetrics().ascent();
  const QRect bar(left, (rect().height() - height) / 2, kBar, height);
  const plots::Theme theme = theme_of(*this);
  QLinearGradient ramp(bar.topLeft(), bar.topRight());
  ramp.setColorAt(0, plots::to_qcolor(theme.background));
  ramp.setColorAt(1, plots::to_qcolor(mass_ink(theme.dark())));
  painter.fillRect(bar, ramp);
  painter.setPen(plots::to_qcolor(theme.axis));
  painter.drawRect(bar.adjusted(0, 0, -1, -1));
}

}  // namespace kvfoot::gui
