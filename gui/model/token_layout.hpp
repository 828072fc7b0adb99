// Where the tokens of a text lie once it is wrapped to a width: numbers only, no fonts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kvfoot::gui {

// What a token means for wrapping.
enum class TokenBreak : std::uint8_t {
  kNone,    // inside or at the start of a word
  kBefore,  // begins with white space: a word may begin here
  kSpace,   // white space only: ends a word, may hang over the end of a line
  kLine,    // ends its line
};

// Greedy: as many whole words as fit on a line. A word that is longer than a line is broken between
// its tokens; a single token may be wider than the line. O(tokens) to make, O(log tokens) to ask.
class TokenLayout {
 public:
  TokenLayout() = default;
  // widths[token], of the same length as breaks[token]; `hang`: how far white space may reach over
  // `line_width`.
  TokenLayout(std::span<const float> widths, std::span<const TokenBreak> breaks, double line_width,
              double hang = 0);

  [[nodiscard]] std::int64_t tokens() const { return static_cast<std::int64_t>(x_.size()); }
  [[nodiscard]] std::int64_t lines() const {
    return static_cast<std::int64_t>(line_begin_.empty() ? 0 : line_begin_.size() - 1);
  }
  // First token of a line, 0 <= line <= lines(); the last of them is tokens().
  [[nodiscard]] std::int64_t begin_of(std::int64_t line) const {
    return line_begin_[static_cast<std::size_t>(line)];
  }
  [[nodiscard]] std::int64_t line_of(std::int64_t token) const;
  // Left edge of a token on its line.
  [[nodiscard]] double x_of(std::int64_t token) const {
    return static_cast<double>(x_[static_cast<std::size_t>(token)]);
  }
  [[nodiscard]] double width_of(std::int64_t token) const {
    return static_cast<double>(width_[static_cast<std::size_t>(token)]);
  }
  // The token at a place; -1 outside of all.
  [[nodiscard]] std::int64_t token_at(std::int64_t line, double x) const;
  // The token of a line that lies nearest to x; for moving up and down.
  [[nodiscard]] std::int64_t nearest(std::int64_t line, double x) const;

 private:
  std::vector<float> x_;
  std::vector<float> width_;
  std::vector<std::int64_t> line_begin_;  // [lines + 1]
};

}  // namespace kvfoot::gui
