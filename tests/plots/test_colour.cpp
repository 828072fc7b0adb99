// Colours stay apart for every reader, on both themes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gui/plots/colour.hpp"
#include "gui/plots/theme.hpp"

namespace kvfoot::plots {
namespace {

constexpr Vision kVisions[] = {Vision::kNormal, Vision::kProtanopia, Vision::kDeuteranopia};

double closest(const std::vector<Rgb>& colours, Vision vision) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < colours.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      least = std::min(least, distance(seen_by(colours[i], vision), seen_by(colours[j], vision)));
    }
  }
  return least;
}

TEST(Colour, OkLabKnowsItsFixedPoints) {
  EXPECT_NEAR(to_oklab({255, 255, 255}).lightness, 1, 1e-4);
  EXPECT_NEAR(to_oklab({0, 0, 0}).lightness, 0, 1e-6);
  // Published value of sRGB red.
  EXPECT_NEAR(to_oklab({255, 0, 0}).lightness, 0.62796, 1e-4);
  EXPECT_NEAR(to_oklab({255, 0, 0}).a, 0.22486, 1e-4);
  EXPECT_NEAR(to_oklab({255, 0, 0}).b, 0.12585, 1e-4);
  for (int i = 0; i < 256; i += 15) {
    const auto v = static_cast<std::uint8_t>(i);
    const Rgb colour{v, static_cast<std::uint8_t>(255 - i), static_cast<std::uint8_t>(i / 2)};
    EXPECT_EQ(to_rgb(to_oklab(colour)), colour);
  }
}

TEST(Colour, DichromatsKeepGreysAndConfuseRedWithGreen) {
  for (const Vision vision : kVisions) {
    EXPECT_LT(distance(seen_by({128, 128, 128}, vision), {128, 128, 128}), 0.01);
  }
  const Rgb red{180, 80, 60};
  const Rgb green{100, 115, 60};
  EXPECT_GT(distance(red, green), 0.12);
  EXPECT_LT(distance(seen_by(red, Vision::kDeuteranopia), seen_by(green, Vision::kDeuteranopia)),
            0.06);
}

TEST(Palette, SeriesStayApart) {
  for (const bool dark : {false, true}) {
    const auto palette = series_palette(dark);
    const std::vector<Rgb> colours(palette.begin(), palette.end());
    const Theme theme = make_theme(dark ? ThemeKind::kDark : ThemeKind::kLight);
    EXPECT_GT(closest(colours, Vision::kNormal), 0.12) << dark;
    EXPECT_GT(closest(colours, Vision::kProtanopia), 0.075) << dark;
    EXPECT_GT(closest(colours, Vision::kDeuteranopia), 0.075) << dark;
    for (const Rgb colour : colours) {
      EXPECT_GT(contrast_ratio(colour, theme.background), 2.0) << dark;
    }
  }
}

TEST(Palette, StatesStayApartEvenInGrey) {
  for (const ThemeKind kind : {ThemeKind::kLight, ThemeKind::kDark}) {
    const Theme theme = make_theme(kind);
    const std::vector<Rgb> states = {theme.role(Role::kLive), theme.role(Role::kInactive),
                                     theme.role(Role::kEvicted), theme.background};
    for (const Vision vision : kVisions) {
      EXPECT_GT(closest(states, vision), 0.09);
    }
    std::vector<double> lightness;
    for (const Rgb state : states) {
      lightness.push_back(to_oklab(state).lightness);
    }
    std::sort(lightness.begin(), lightness.end());
    for (std::size_t i = 1; i < lightness.size(); ++i) {
      EXPECT_GT(lightness[i] - lightness[i - 1], 0.045);
    }
  }
}

TEST(Palette, TextIsReadable) {
  for (const ThemeKind kind : {ThemeKind::kLight, ThemeKind::kDark}) {
    const Theme theme = make_theme(kind);
    EXPECT_GT(contrast_ratio(theme.text, theme.background), 12);
    EXPECT_GT(contrast_ratio(theme.muted, theme.background), 4.5);
  }
}

TEST(SequentialMap, LightnessFallsAndStepsAreEven) {
  const auto& map = sequential_map(false);
  const double whole = to_oklab(map.front()).lightness - to_oklab(map.back()).lightness;
  EXPECT_GT(whole, 0.65);
  // Eight-bit colours are too coarse to compare neighbours; every sixteenth entry is not.
  std::vector<double> steps;
  for (std::size_t i = 15; i < map.size(); i += 16) {
    steps.push_back(distance(map[i], map[i - 15]));
    EXPECT_LT(to_oklab(map[i]).lightness, to_oklab(map[i - 15]).lightness);
  }
  const auto [least, most] = std::minmax_element(steps.begin(), steps.end());
  EXPECT_LT(*most / *least, 1.25);
  for (const Vision vision : kVisions) {
    for (std::size_t i = 32; i < map.size(); i += 32) {
      EXPECT_GT(distance(seen_by(map[i], vision), seen_by(map[i - 32], vision)), 0.06);
    }
  }
}

TEST(Colour, MixesGoFromTheFirstToTheSecond) {
  EXPECT_EQ(mix({0, 0, 200}, {100, 201, 0}, 0.25), (Rgb{25, 50, 150}));
  EXPECT_EQ(mix({1, 2, 3}, {100, 200, 50}, 0), (Rgb{1, 2, 3}));
  EXPECT_EQ(mix({1, 2, 3}, {100, 200, 50}, 1), (Rgb{100, 200, 50}));
}

TEST(SequentialMap, DarkThemeTurnsItRound) {
  EXPECT_EQ(sequential_colour(0, true), sequential_colour(1, false));
  EXPECT_EQ(sequential_colour(-3, false), sequential_colour(0, false));
  EXPECT_EQ(sequential_colour(9, false), sequential_map(false)[255]);
}

}  // namespace
}  // namespace kvfoot::plots
