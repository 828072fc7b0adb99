// Sliders of token counts.
#pragma once

#include <cstdint>
#include <vector>

#include "gui/view/slider_field.hpp"

namespace kvfoot::gui {

constexpr std::int64_t kLongestPrompt = std::int64_t{1} << 20;  // by slider; more can be typed
constexpr std::int64_t kLongestOutput = std::int64_t{1} << 17;

[[nodiscard]] SliderScale token_scale(std::int64_t low, std::int64_t high);
// Chunks of 1 up to the prompt; the last place is "all".
[[nodiscard]] SliderScale chunk_scale(std::int64_t prompt);
// Some chunks only, those shorter than the prompt, and "all".
[[nodiscard]] SliderScale chunk_scale(std::int64_t prompt, const std::vector<std::int64_t>& chunks);
// Counts that are no token counts: digits only.
[[nodiscard]] SliderScale count_scale(std::int64_t low, std::int64_t high);

}  // namespace kvfoot::gui
