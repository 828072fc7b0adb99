// Small text helpers that several parts need: near names, exact decimals, integers, token counts,
// byte sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"

namespace kvfoot {

// The candidate with the smallest edit distance to `word`, if it is near enough to be a typo.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view word,
                                                      std::span<const std::string> candidates);
// "did you mean 'x'?" or "known: a, b, c".
[[nodiscard]] std::string suggestion(std::string_view word,
                                     std::span<const std::string> candidates);

[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string_view trim(std::string_view text);
// "text" in double quotes, with \ before quotes and backslashes: a string of Graphviz, and of YAML
// where the text has no control characters.
[[nodiscard]] std::string double_quoted(std::string_view text);

[[nodiscard]] std::optional<std::int64_t> parse_int(std::string_view text);
[[nodiscard]] std::optional<double> parse_double(std::string_view text);

// A decimal number as it was written: value = digits / 10^scale. Exact where doubles are not:
// int(M (1 - s)) for s = 0.9 must not depend on the binary expansion of 0.1.
struct Decimal {
  std::int64_t digits = 0;
  std::int32_t scale = 0;
  [[nodiscard]] double value() const;
};
[[nodiscard]] std::optional<Decimal> parse_decimal(std::string_view text);
// floor(m (1 - s)) in exact arithmetic, for 0 <= s <= 1.
[[nodiscard]] std::int64_t floor_of_share_left(std::int64_t m, const Decimal& s);

// "131072", "128K" or "1M": K is 1024 tokens, M 1024 * 1024.
[[nodiscard]] Result<std::int64_t> parse_tokens(std::string_view text);

// "80GB" is 80e9, "80GiB" is 80 * 2^30; a bare number is bytes.
[[nodiscard]] Result<std::int64_t> parse_bytes(std::string_view text);
[[nodiscard]] std::string format_bytes(std::int64_t bytes);  // "16.00 GiB", "512 B"

}  // namespace kvfoot
