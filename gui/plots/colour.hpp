// Colours without Qt: palettes that colour-blind readers can tell apart, one sequential map.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace kvfoot::plots {

struct Rgb {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;
  friend bool operator==(const Rgb&, const Rgb&) = default;
};

// A perceptual space in which equal distances look equal (Ottosson 2020).
struct OkLab {
  double lightness = 0;  // 0 black, 1 white
  double a = 0;
  double b = 0;
};

[[nodiscard]] OkLab to_oklab(Rgb colour);
[[nodiscard]] Rgb to_rgb(const OkLab& colour);      // clipped to the gamut
[[nodiscard]] double distance(Rgb x, Rgb y);        // in OkLab; 0.02 is just visible side by side
[[nodiscard]] double contrast_ratio(Rgb x, Rgb y);  // WCAG 2: 1 to 21

enum class Vision : std::uint8_t { kNormal, kProtanopia, kDeuteranopia };
// What a dichromat sees (Vienot, Brettel, Mollon 1999).
[[nodiscard]] Rgb seen_by(Rgb colour, Vision vision);

// Series colours: Okabe-Ito without yellow, which vanishes on white; the dark theme's are lighter.
[[nodiscard]] std::span<const Rgb> series_palette(bool dark);

// Sequential map for shares, 0 pale, 1 dark (the other way round on dark backgrounds): lightness
// falls evenly, neighbouring entries are equally far apart.
[[nodiscard]] const std::array<Rgb, 256>& sequential_map(bool dark);
[[nodiscard]] Rgb sequential_colour(double unit, bool dark);

[[nodiscard]] Rgb mix(Rgb x, Rgb y, double share_of_y);

}  // namespace kvfoot::plots
