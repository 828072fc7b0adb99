// Palettes around the colours that plots are drawn in, so that panels and pictures are one thing.
#include "gui/window/appearance.hpp"

#include <QApplication>
#include <QLabel>
#include <QPainter>
#include <QPalette>
#include <QProxyStyle>
#include <QStyleOption>

#include "gui/plots/theme.hpp"

namespace kvfoot::gui {
namespace {

struct Tones {
  QColor base;  // of fields, lists and boxes to tick
  QColor window;
  QColor button;
  QColor alternate;
  QColor highlight;
  QColor highlighted_text;
  QColor link;
};

// Fusion frames what can be ticked in a shade of the ground, which nobody sees on a dark one.
class FramedBoxes final : public QProxyStyle {
 public:
  FramedBoxes() : QProxyStyle(QStringLiteral("fusion")) {}

  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override {
    QProxyStyle::drawPrimitive(element, option, painter, widget);
    const bool round = element == PE_IndicatorRadioButton;
    if (!round && element != PE_IndicatorCheckBox && element != PE_IndicatorItemViewItemCheck) {
      return;
    }
    const bool enabled = option->state.testFlag(State_Enabled);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(enabled ? option->palette.color(QPalette::PlaceholderText)
                                 : option->palette.color(QPalette::Disabled, QPalette::Text),
                         1));
    const QRectF frame = QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5);
    if (round) {
      painter->drawEllipse(frame);
    } else {
      painter->drawRoundedRect(frame, 2, 2);
    }
    painter->restore();
  }
};

QPalette palette_of(const plots::Theme& theme, const Tones& tones) {
  const QColor text = plots::to_qcolor(theme.text);
  QPalette palette(text, tones.button, tones.button.lighter(120), tones.button.darker(150),
                   tones.button.darker(120), text, tones.base, tones.base, tones.window);
  palette.setColor(QPalette::AlternateBase, tones.alternate);
  palette.setColor(QPalette::Highlight, tones.highlight);
  palette.setColor(QPalette::HighlightedText, tones.highlighted_text);
  palette.setColor(QPalette::Link, tones.link);
  palette.setColor(QPalette::ToolTipBase, tones.alternate);
  palette.setColor(QPalette::ToolTipText, text);
  palette.setColor(QPalette::PlaceholderText, plots::to_qcolor(theme.muted));
  for (const auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText}) {
    palette.setColor(QPalette::Disabled, role, plots::with_alpha(theme.muted, 170));
  }
  return palette;
}

// A label keeps the colours that its links had when the text was set.
void colour_links() {
  for (QWidget* widget : QApplication::allWidgets()) {
    auto* label = qobject_cast<QLabel*>(widget);
    if (label != nullptr && label->text().contains(QLatin1String("<a "))) {
      const QString text = label->text();
      label->clear();
      label->setText(text);
    }
  }
}

}  // namespace

Appearance appearance_from(const QString& text) {
  return text == QLatin1String("light")  ? Appearance::kLight
         : text == QLatin1String("dark") ? Appearance::kDark
                                         : Appearance::kSystem;
}

QString to_text(Appearance appearance) {
  switch (appearance) {
    case Appearance::kLight:
      return QStringLiteral("light");
    case Appearance::kDark:
      return QStringLiteral("dark");
    case Appearance::kSystem:
      break;
  }
  return QStringLiteral("system");
}

void apply_appearance(Appearance appearance) {
  // What the desktop had before anything was set here.
  static const bool kDarkDesktop =
      QApplication::palette().color(QPalette::Window).lightness() < 128;
  const bool dark =
      appearance == Appearance::kDark || (appearance == Appearance::kSystem && kDarkDesktop);
  const plots::Theme theme =
      plots::make_theme(dark ? plots::ThemeKind::kDark : plots::ThemeKind::kLight);
  const QColor base = plots::to_qcolor(theme.background);
  const Tones tones =
      dark ? Tones{base.lighter(180),       base.lighter(125),        base.lighter(170),
                   base.lighter(195),       QColor(0x3d, 0x6f, 0xb0), QColor(Qt::white),
                   QColor(0x7f, 0xb2, 0xf0)}
           : Tones{base,
                   QColor(0xf4, 0xf5, 0xf7),
                   QColor(0xec, 0xee, 0xf1),
                   QColor(0xf7, 0xf8, 0xfa),
                   QColor(0x2f, 0x6d, 0xb5),
                   QColor(Qt::white),
                   QColor(0x1f, 0x5c, 0xa8)};
  QApplication::setStyle(new FramedBoxes);
  QApplication::setPalette(palette_of(theme, tones));
  colour_links();
}

}  // namespace kvfoot::gui
