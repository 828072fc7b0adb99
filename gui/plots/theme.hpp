// Colours, fonts and stroke widths of a picture: light for paper, dark for the screen.
#pragma once

#include <QColor>
#include <QFont>
#include <cstddef>
#include <cstdint>

#include "gui/plots/colour.hpp"
#include "gui/plots/spec.hpp"

namespace kvfoot::plots {

enum class ThemeKind : std::uint8_t { kLight, kDark };

// What a piece of text is, from which its size and weight follow.
enum class TextKind : std::uint8_t { kTitle, kSubtitle, kAxisLabel, kTick, kLegend, kNote };
inline constexpr std::size_t kTextKinds = 6;

struct Theme {
  ThemeKind kind = ThemeKind::kLight;
  double font_scale = 1;
  Rgb background;
  Rgb text;
  Rgb muted;  // subtitle, notes
  Rgb axis;
  Rgb grid;
  Rgb alarm;     // what does not fit
  Rgb no_value;  // heat map cells without a number

  [[nodiscard]] bool dark() const { return kind == ThemeKind::kDark; }
  [[nodiscard]] QFont font(TextKind text_kind) const;
  [[nodiscard]] Rgb role(Role role) const;
  [[nodiscard]] Rgb series(std::size_t index) const;
};

[[nodiscard]] Theme make_theme(ThemeKind kind, double font_scale = 1);

[[nodiscard]] inline QColor to_qcolor(Rgb colour) { return {colour.r, colour.g, colour.b}; }
[[nodiscard]] inline QColor with_alpha(Rgb colour, int alpha) {
  return {colour.r, colour.g, colour.b, alpha};
}

}  // namespace kvfoot::plots
