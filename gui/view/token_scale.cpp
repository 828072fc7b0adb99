// Stops and spellings of token counts.
#include "gui/view/token_scale.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gui/model/token_text.hpp"

namespace kvfoot::gui {
namespace {

constexpr double kAll = 1e15;  // beyond every chunk

std::optional<double> read_tokens(const QString& text) {
  if (text == QLatin1String("all")) {
    return kAll;
  }
  const auto tokens = parse_tokens(text.toStdString(), 0, std::numeric_limits<std::int64_t>::max());
  return tokens ? std::optional(static_cast<double>(*tokens)) : std::nullopt;
}

QString write_tokens(double value) {
  return value == kAll ? QStringLiteral("all")
                       : QString::fromStdString(format_tokens(std::llround(value)));
}

}  // namespace

SliderScale token_scale(std::int64_t low, std::int64_t high) {
  return {doubling_stops(low, high), write_tokens, read_tokens};
}

SliderScale chunk_scale(std::int64_t prompt) {
  SliderScale scale = token_scale(1, std::max<std::int64_t>(prompt - 1, 1));
  // prompt - 1 is no round number: what a slider stops at below the end is.
  if (scale.stops.size() > 1) {
    scale.stops.pop_back();
  }
  scale.stops.push_back(kAll);
  return scale;
}

SliderScale chunk_scale(std::int64_t prompt, const std::vector<std::int64_t>& chunks) {
  SliderScale scale{{}, write_tokens, read_tokens};
  for (const std::int64_t chunk : chunks) {
    if (chunk < prompt) {
      scale.stops.push_back(static_cast<double>(chunk));
    }
  }
  scale.stops.push_back(kAll);
  return scale;
}

SliderScale count_scale(std::int64_t low, std::int64_t high) {
  return {doubling_stops(low, high),
          [](double value) { return QString::number(std::llround(value)); }, read_tokens};
}

}  // namespace kvfoot::gui
