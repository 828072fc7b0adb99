// The colours of one token, from its life.
#pragma once

#include <cstdint>

#include "gui/model/token_lives.hpp"
#include "gui/plots/theme.hpp"

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

}  // namespace kvfoot::gui
