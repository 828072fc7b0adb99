// Colour spaces, palettes, dichromat simulation.
#include "gui/plots/colour.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace kvfoot::plots {
namespace {

using Linear = std::array<double, 3>;

double to_linear(std::uint8_t channel) {
  const double value = channel / 255.0;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

std::uint8_t from_linear(double value) {
  const double clipped = std::clamp(value, 0.0, 1.0);
  const double encoded =
      clipped <= 0.0031308 ? clipped * 12.92 : 1.055 * std::pow(clipped, 1 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(encoded * 255));
}

Linear linear(Rgb colour) {
  return {to_linear(colour.r), to_linear(colour.g), to_linear(colour.b)};
}

constexpr std::array<Rgb, 7> kLightSeries{{{0, 114, 178},
                                           {213, 94, 0},
                                           {0, 158, 115},
                                           {204, 121, 167},
                                           {230, 159, 0},
                                           {86, 180, 233},
                                           {64, 64, 64}}};
constexpr std::array<Rgb, 7> kDarkSeries{{{56, 140, 206},
                                          {240, 116, 46},
                                          {20, 184, 140},
                                          {232, 150, 200},
                                          {244, 190, 60},
                                          {138, 216, 255},
                                          {232, 232, 232}}};

// Path of the sequential map in lightness, chroma and hue (radians are formed below).
struct Lch {
  double lightness;
  double chroma;
  double hue_degrees;
};
constexpr std::array<Lch, 5> kPath{{{0.972, 0.030, 105},
                                    {0.800, 0.088, 160},
                                    {0.620, 0.102, 220},
                                    {0.440, 0.118, 262},
                                    {0.265, 0.085, 280}}};

OkLab path_at(double t) {
  const double scaled = t * static_cast<double>(kPath.size() - 1);
  const std::size_t i = std::min(static_cast<std::size_t>(scaled), kPath.size() - 2);
  const double share = scaled - static_cast<double>(i);
  const auto between = [&](double from, double to) { return from + (to - from) * share; };
  // Chroma and hue run smoothly; lightness is one straight line so that its steps are equal.
  const double lightness =
      kPath.front().lightness + (kPath.back().lightness - kPath.front().lightness) * t;
  const double chroma = between(kPath[i].chroma, kPath[i + 1].chroma);
  const double hue =
      between(kPath[i].hue_degrees, kPath[i + 1].hue_degrees) * 3.14159265358979 / 180;
  return {lightness, chroma * std::cos(hue), chroma * std::sin(hue)};
}

double lab_distance(const OkLab& x, const OkLab& y) {
  return std::hypot(x.lightness - y.lightness, x.a - y.a, x.b - y.b);
}

// Walks the path at equal perceptual speed.
std::array<Rgb, 256> make_map(bool dark) {
  constexpr std::size_t kFine = 4096;
  std::array<double, kFine + 1> length{};
  for (std::size_t i = 1; i <= kFine; ++i) {
    const double step = 1.0 / static_cast<double>(kFine);
    length[i] = length[i - 1] + lab_distance(path_at(static_cast<double>(i - 1) * step),
                                             path_at(static_cast<double>(i) * step));
  }
  std::array<Rgb, 256> map{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    const double wanted = length[kFine] * static_cast<double>(i) / 255.0;
    while (at < kFine && length[at] < wanted) {
      ++at;
    }
    const std::size_t entry = dark ? map.size() - 1 - i : i;
    map[entry] = to_rgb(path_at(static_cast<double>(at) / static_cast<double>(kFine)));
  }
  return map;
}

}  // namespace

OkLab to_oklab(Rgb colour) {
  const auto [r, g, b] = linear(colour);
  const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
          1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

Rgb to_rgb(const OkLab& colour) {
  const auto cube = [](double x) { return x * x * x; };
  const double l = cube(colour.lightness + 0.3963377774 * colour.a + 0.2158037573 * colour.b);
  const double m = cube(colour.lightness - 0.1055613458 * colour.a - 0.0638541728 * colour.b);
  const double s = cube(colour.lightness - 0.0894841775 * colour.a - 1.2914855480 * colour.b);
  return {from_linear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          from_linear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          from_linear(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

double distance(Rgb x, Rgb y) { return lab_distance(to_oklab(x), to_oklab(y)); }

double contrast_ratio(Rgb x, Rgb y) {
  const auto luminance = [](Rgb colour) {
    const auto [r, g, b] = linear(colour);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const double one = luminance(x);
  const double two = luminance(y);
  return (std::max(one, two) + 0.05) / (std::min(one, two) + 0.05);
}

Rgb seen_by(Rgb colour, Vision vision) {
  if (vision == Vision::kNormal) {
    return colour;
  }
  const auto [r, g, b] = linear(colour);
  if (vision == Vision::kProtanopia) {
    const double red_green = 0.11238 * r + 0.88762 * g;
    return {from_linear(red_green), from_linear(red_green),
            from_linear(0.00401 * r - 0.00401 * g + b)};
  }
  const double red_green = 0.29275 * r + 0.70725 * g;
  return {from_linear(red_green), from_linear(red_green),
          from_linear(-0.02234 * r + 0.02234 * g + b)};
}

std::span<const Rgb> series_palette(bool dark) { return dark ? kDarkSeries : kLightSeries; }

const std::array<Rgb, 256>& sequential_map(bool dark) {
  static const std::array<Rgb, 256> light_map = make_map(false);
  static const std::array<Rgb, 256> dark_map = make_map(true);
  return dark ? dark_map : light_map;
}

Rgb sequential_colour(double unit, bool dark) {
  const double scaled = std::clamp(unit, 0.0, 1.0) * 255;
  return sequential_map(dark)[static_cast<std::size_t>(std::lround(scaled))];
}

Rgb mix(Rgb x, Rgb y, double share_of_y) {
  const auto channel = [&](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + (to - from) * share_of_y));
  };
  return {channel(x.r, y.r), channel(x.g, y.g), channel(x.b, y.b)};
}

}  // namespace kvfoot::plots
