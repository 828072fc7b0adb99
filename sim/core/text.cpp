// Small text helpers.
#include "sim/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace kvfoot {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replace});
    }
  }
  return row[b.size()];
}

std::string lower(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

constexpr std::int32_t kMaxDecimalScale = 15;  // 10^15 * M stays inside 128 bits

}  // namespace

std::optional<std::string> nearest_name(std::string_view word,
                                        std::span<const std::string> candidates) {
  // The beginning of a name means it, whatever else is near: "h100" is "h100-sxm", not "h200".
  for (const std::string& candidate : candidates) {
    constexpr std::size_t kShortest = 3;
    if (word.size() >= kShortest && candidate.starts_with(lower(word))) {
      return candidate;
    }
  }
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance && distance < std::max(word.size(), candidate.size())) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string> candidates) {
  if (const auto near = nearest_name(word, candidates)) {
    return "did you mean '" + *near + "'?";
  }
  std::string text = "known: ";
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    text += (i == 0 ? "" : ", ") + candidates[i];
  }
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) {
      return parts;
    }
    begin = end + 1;
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return value;
}

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

double Decimal::value() const {
  // Going through text gives the double nearest to what was written, as strtod would.
  std::array<char, 48> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%llde-%d",
                                   static_cast<long long>(digits), scale);
  double result = 0;
  std::from_chars(buffer.data(), buffer.data() + length, result);
  return result;
}

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal decimal;
  bool negative = false;
  bool seen_point = false;
  bool seen_digit = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 0 && c == '-') {
      negative = true;
    } else if (c == '.' && !seen_point) {
      seen_point = true;
    } else if (c >= '0' && c <= '9') {
      seen_digit = true;
      if (decimal.digits > 99'999'999'999'999'999 / 10 ||
          (seen_point && decimal.scale == kMaxDecimalScale)) {
        return std::nullopt;
      }
      decimal.digits = decimal.digits * 10 + (c - '0');
      decimal.scale += seen_point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (!seen_digit) {
    return std::nullopt;
  }
  decimal.digits = negative ? -decimal.digits : decimal.digits;
  return decimal;
}

std::int64_t floor_of_share_left(std::int64_t m, const Decimal& s) {
  __extension__ using Wide = __int128;
  Wide unit = 1;
  for (std::int32_t i = 0; i < s.scale; ++i) {
    unit *= 10;
  }
  const Wide left = unit - s.digits;
  KVFOOT_CHECK(left >= 0 && left <= unit, "share outside [0, 1]");
  return static_cast<std::int64_t>(static_cast<Wide>(m) * left / unit);
}

Result<std::int64_t> parse_tokens(std::string_view text) {
  const char unit = text.empty() ? ' ' : text.back();
  std::int64_t factor = 1;
  if (unit == 'K') {
    factor = 1024;
  } else if (unit == 'M') {
    factor = 1024 * 1024;
  }
  const auto count = parse_int(text.substr(0, text.size() - (factor > 1 ? 1 : 0)));
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() / factor;
  if (!count || *count > most || *count < -most) {
    return Error{"tokens", "'" + std::string(text) + "' is not a number of tokens",
                 "write for example 131072, 128K (128 * 1024) or 1M"};
  }
  return *count * factor;
}

Result<std::int64_t> parse_bytes(std::string_view text) {
  const std::string_view whole = trim(text);
  const std::size_t unit_begin = whole.find_first_not_of("0123456789.");
  const std::string_view number = whole.substr(0, unit_begin);
  const std::string_view unit =
      unit_begin == std::string_view::npos ? std::string_view{} : trim(whole.substr(unit_begin));
  struct Unit {
    std::string_view name;
    double factor;
  };
  constexpr std::array<Unit, 11> kUnits{{{"", 1},
                                         {"B", 1},
                                         {"kB", 1e3},
                                         {"KB", 1e3},
                                         {"MB", 1e6},
                                         {"GB", 1e9},
                                         {"TB", 1e12},
                                         {"KiB", 1024.0},
                                         {"MiB", 1024.0 * 1024},
                                         {"GiB", 1024.0 * 1024 * 1024},
                                         {"TiB", 1024.0 * 1024 * 1024 * 1024}}};
  const auto amount = parse_double(number);
  for (const Unit& known : kUnits) {
    if (known.name == unit && amount && *amount * known.factor < 9e18) {
      return static_cast<std::int64_t>(std::llround(*amount * known.factor));
    }
  }
  return Error{"size", "'" + std::string(text) + "' is not a number of bytes",
               "write 80GB (80e9), 80GiB (80 * 2^30) or plain bytes"};
}

std::string format_bytes(std::int64_t bytes) {
  constexpr std::array<const char*, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (std::abs(amount) >= 1024 && unit + 1 < kNames.size()) {
    amount /= 1024;
    ++unit;
  }
  std::array<char, 48> buffer{};
  std::snprintf(buffer.data(), buffer.size(), unit == 0 ? "%.0f %s" : "%.2f %s", amount,
                kNames[unit]);
  return buffer.data();
}

}  // namespace kvfoot
