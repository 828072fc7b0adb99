// How one token is painted: colours from its life, strike, underline.
#pragma once

#include <QRectF>
#include <QString>

#include <cstdint>

#include "gui/model/token_lives.hpp"
#include "gui/plots/theme.hpp"

class QPainter;

namespace kvfoot::gui {

struct TokenLook {
  plots::Rgb background;
  plots::Rgb ink;
  bool struck = false;  // evicted from every stream that is looked at
  bool coming = false;  // after the row
};

// `lives` null: nothing is known, the background says nothing.
[[nodiscard]] TokenLook token_look(TokenLives* lives, std::int64_t token, std::int64_t row,
                                   const plots::Theme& theme);

// What is painted of a token beside its colours.
struct TokenCell {
  QRectF place;
  QString text;
  const plots::Rgb* mark = nullptr;  // underlined in this colour
};
constexpr double kTextMargin = 10;     // around a text
constexpr double kTokenPad = 0.5;      // beside its text
constexpr double kTokenGap = 1;        // to the next
constexpr double kTokenUnderline = 3;  // below the place

void paint_token(QPainter& painter, const TokenCell& cell, const TokenLook& look);

}  // namespace kvfoot::gui
