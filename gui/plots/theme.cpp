// The two themes.
#include "gui/plots/theme.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace kvfoot::plots {
namespace {

// Lightness differs from state to state, so that the states stay apart in grey print as well.
constexpr std::array<Rgb, 7> kLightRoles{{{20, 96, 158},
                                          {240, 166, 60},
                                          {222, 224, 228},
                                          {0, 158, 115},
                                          {204, 121, 167},
                                          {86, 180, 233},
                                          {120, 120, 120}}};
constexpr std::array<Rgb, 7> kDarkRoles{{{110, 185, 240},
                                         {196, 116, 30},
                                         {66, 71, 80},
                                         {24, 184, 140},
                                         {224, 150, 192},
                                         {140, 214, 250},
                                         {150, 150, 150}}};

int pixel_size(TextKind kind) {
  switch (kind) {
    case TextKind::kTitle:
      return 16;
    case TextKind::kAxisLabel:
      return 13;
    case TextKind::kSubtitle:
    case TextKind::kTick:
    case TextKind::kLegend:
      return 12;
    case TextKind::kNote:
      return 11;
  }
  return 12;
}

}  // namespace

QFont Theme::font(TextKind text_kind) const {
  // One family everywhere: files must not depend on what a desktop prefers.
  QFont font(QStringLiteral("DejaVu Sans"));
  font.setStyleHint(QFont::SansSerif);
  font.setPixelSize(std::max(4, static_cast<int>(std::lround(pixel_size(text_kind) * font_scale))));
  font.setBold(text_kind == TextKind::kTitle);
  // Unhinted glyphs have the same widths at every scale, so layouts do not shift.
  font.setHintingPreference(QFont::PreferNoHinting);
  return font;
}

Rgb Theme::role(Role role) const {
  return (dark() ? kDarkRoles : kLightRoles)[static_cast<std::size_t>(role)];
}

Rgb Theme::series(std::size_t index) const {
  const auto palette = series_palette(dark());
  return palette[index % palette.size()];
}

Theme make_theme(ThemeKind kind, double font_scale) {
  Theme theme;
  theme.kind = kind;
  theme.font_scale = font_scale;
  if (kind == ThemeKind::kLight) {
    theme.background = {255, 255, 255};
    theme.text = {28, 30, 33};
    theme.muted = {96, 100, 106};
    theme.axis = {70, 74, 80};
    theme.grid = {230, 232, 235};
    theme.alarm = {190, 20, 32};
    theme.no_value = {240, 240, 240};
  } else {
    theme.background = {27, 30, 35};
    theme.text = {228, 231, 235};
    theme.muted = {160, 166, 174};
    theme.axis = {140, 146, 154};
    theme.grid = {52, 57, 64};
    theme.alarm = {255, 112, 104};
    theme.no_value = {44, 48, 54};
  }
  return theme;
}

}  // namespace kvfoot::plots
