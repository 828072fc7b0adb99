// The few symbols of the tool bars, drawn in the colour of text: legible in light and dark.
#pragma once

#include <QIcon>

namespace kvfoot::gui {

enum class Symbol : std::uint8_t { kPlay, kPause, kRowBack, kRowOn, kPassBack, kPassOn };

[[nodiscard]] QIcon symbol_icon(Symbol symbol, const QColor& colour, const QColor& disabled);

}  // namespace kvfoot::gui
