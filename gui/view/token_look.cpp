// Shade, ink and strike.
#include "gui/view/token_look.hpp"

#include <QFontMetrics>
#include <QPainter>
#include <cmath>

namespace kvfoot::gui {
namespace {

constexpr double kComing = 0.22;  // of the colour is left of what is yet to come
constexpr double kGone = 0.35;    // of the background is mixed into the ink of what is gone

plots::Rgb ink_on(plots::Rgb background) {
  const plots::Rgb light{255, 255, 255};
  const plots::Rgb dark{20, 22, 25};
  return plots::contrast_ratio(background, light) > plots::contrast_ratio(background, dark) ? light
                                                                                            : dark;
}

}  // namespace

TokenLook token_look(TokenLives* lives, std::int64_t token, std::int64_t row,
                     const plots::Theme& theme) {
  TokenLook look;
  look.coming = token > row;
  if (lives == nullptr) {
    look.background = theme.background;
    look.ink = look.coming ? theme.muted : theme.text;
    return look;
  }
  look.background = plots::sequential_colour(lives->lived_share(token), theme.dark());
  if (look.coming) {
    look.background = plots::mix(theme.background, look.background, kComing);
    look.ink = theme.muted;
    return look;
  }
  look.struck = lives->resident(token, row) == 0;
  look.ink = ink_on(look.background);
  if (look.struck) {
    look.ink = plots::mix(look.ink, look.background, kGone);
  }
  return look;
}

void paint_token(QPainter& painter, const TokenCell& cell, const TokenLook& look) {
  const QRectF& place = cell.place;
  painter.fillRect(place, plots::to_qcolor(look.background));
  if (cell.mark != nullptr) {
    painter.fillRect(
        QRectF(place.left(), place.bottom(), place.width() + kTokenGap, kTokenUnderline),
        plots::to_qcolor(*cell.mark));
  }
  painter.setPen(plots::to_qcolor(look.ink));
  painter.drawText(QPointF(place.left() + kTokenPad, place.top() + painter.fontMetrics().ascent()),
                   cell.text);
  if (look.struck) {
    const double middle = std::round(place.center().y()) + 1;
    painter.drawLine(QPointF(place.left(), middle), QPointF(place.right() + kTokenGap, middle));
  }
}

}  // namespace kvfoot::gui
