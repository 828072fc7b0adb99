// Light and dark, the same on every desktop: Qt's Fusion style with palettes of our own.
#pragma once

#include <QString>

namespace kvfoot::gui {

enum class Appearance : std::uint8_t { kSystem, kLight, kDark };

// "system", "light", "dark"; anything else is system.
[[nodiscard]] Appearance appearance_from(const QString& text);
[[nodiscard]] QString to_text(Appearance appearance);

// Sets style and palette of the application. kSystem: dark if the desktop's own palette is.
void apply_appearance(Appearance appearance);

}  // namespace kvfoot::gui
