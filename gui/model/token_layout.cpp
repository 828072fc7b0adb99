// Greedy wrapping at words.
#include "gui/model/token_layout.hpp"

#include <algorithm>

#include "sim/core/check.hpp"

namespace kvfoot::gui {

TokenLayout::TokenLayout(std::span<const float> widths, std::span<const TokenBreak> breaks,
                         double line_width, double hang)
    : x_(widths.size()), width_(widths.begin(), widths.end()) {
  KVFOOT_CHECK(widths.size() == breaks.size(), "one break per width");
  if (widths.empty()) {
    return;
  }
  line_begin_.push_back(0);
  std::size_t word = 0;  // first token of the word at hand, not before the line
  double x = 0;
  const auto new_line = [&](std::size_t token) {
    line_begin_.push_back(static_cast<std::int64_t>(token));
    x = 0;
  };
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (breaks[i] == TokenBreak::kBefore) {
      word = i;
    }
    const double width = static_cast<double>(widths[i]);
    const bool hangs = breaks[i] == TokenBreak::kSpace || breaks[i] == TokenBreak::kLine;
    const double room = line_width + (hangs ? hang : 0);
    while (i > static_cast<std::size_t>(line_begin_.back()) && x + width > room) {
      // The word moves down with its beginning; where it fills a line alone, it is broken here.
      const std::size_t from = word > static_cast<std::size_t>(line_begin_.back()) ? word : i;
      new_line(from);
      for (std::size_t moved = from; moved < i; ++moved) {
        x_[moved] = static_cast<float>(x);
        x += static_cast<double>(widths[moved]);
      }
    }
    x_[i] = static_cast<float>(x);
    x += width;
    if (breaks[i] == TokenBreak::kSpace) {
      word = i + 1;
    } else if (breaks[i] == TokenBreak::kLine) {
      word = i + 1;
      if (i + 1 < widths.size()) {
        new_line(i + 1);
      }
    }
  }
  line_begin_.push_back(static_cast<std::int64_t>(widths.size()));
}

std::int64_t TokenLayout::line_of(std::int64_t token) const {
  KVFOOT_CHECK(token >= 0 && token < tokens(), "no such token");
  return std::upper_bound(line_begin_.begin(), line_begin_.end(), token) - line_begin_.begin() - 1;
}

std::int64_t TokenLayout::token_at(std::int64_t line, double x) const {
  if (line < 0 || line >= lines() || x < 0) {
    return -1;
  }
  const std::int64_t token = nearest(line, x);
  return x < x_of(token) + width_of(token) ? token : -1;
}

std::int64_t TokenLayout::nearest(std::int64_t line, double x) const {
  const auto first = x_.begin() + begin_of(line);
  const auto after =
      std::upper_bound(first, x_.begin() + begin_of(line + 1), x,
                       [](double at, float left) { return at < static_cast<double>(left); });
  return std::max<std::int64_t>(after - x_.begin() - 1, begin_of(line));
}

}  // namespace kvfoot::gui
