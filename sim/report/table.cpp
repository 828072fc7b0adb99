// Laying out tables.
#include "sim/report/table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "sim/core/check.hpp"

namespace kvfoot {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Combining marks and joiners.
constexpr std::array<Range, 5> kNoWidth = {
    {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}}};
// East Asian wide and fullwidth blocks, and emoji (Unicode TR 11).
constexpr std::array<Range, 7> kDouble = {{{0x1100, 0x115F},
                                           {0x2E80, 0xA4CF},
                                           {0xAC00, 0xD7A3},
                                           {0xF900, 0xFAFF},
                                           {0xFF00, 0xFF60},
                                           {0x1F300, 0x1FAFF},
                                           {0x20000, 0x3FFFD}}};

template <std::size_t N>
bool inside(const std::array<Range, N>& ranges, char32_t point) {
  return std::ranges::any_of(
      ranges, [&](const Range& range) { return point >= range.first && point <= range.last; });
}

std::string padded(const std::string& cell, std::size_t width, bool right) {
  const std::string blanks(width - std::min(width, display_width(cell)), ' ');
  return right ? blanks + cell : cell + blanks;
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      point = (point << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    if (!inside(kNoWidth, point)) {
      width += inside(kDouble, point) ? 2U : 1U;
    }
    i += length;
  }
  return width;
}

std::string table_to_text(const Table& table) {
  std::vector<std::size_t> width;
  width.reserve(table.columns.size());
  for (const Table::Column& column : table.columns) {
    width.push_back(display_width(column.header));
  }
  for (const auto& row : table.rows) {
    KVFOOT_CHECK(row.size() == width.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      width[i] = std::max(width[i], display_width(row[i]));
    }
  }
  constexpr std::string_view kGap = "  ";
  std::string headers;
  std::string rule;
  for (std::size_t i = 0; i < width.size(); ++i) {
    headers += (i == 0 ? "" : kGap);
    headers += padded(table.columns[i].header, width[i], table.columns[i].right);
    rule += (i == 0 ? "" : kGap);
    rule += std::string(width[i], '-');
  }
  std::string text = trimmed(headers) + trimmed(rule);
  for (const auto& row : table.rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += (i == 0 ? "" : kGap);
      line += padded(row[i], width[i], table.columns[i].right);
    }
    text += trimmed(line);
  }
  return text;
}

std::string table_to_markdown(const Table& table) {
  const auto escaped = [](const std::string& cell) {
    std::string out;
    for (const char c : cell) {
      out += c == '|' ? "\\|" : c == '\n' ? std::string(" ") : std::string(1, c);
    }
    return out;
  };
  std::string text = "|";
  std::string rule = "|";
  for (const Table::Column& column : table.columns) {
    text += " " + escaped(column.header) + " |";
    rule += column.right ? "---:|" : "---|";
  }
  text += "\n" + rule + "\n";
  for (const auto& row : table.rows) {
    text += "|";
    for (const std::string& cell : row) {
      text += " " + escaped(cell) + " |";
    }
    text += "\n";
  }
  return text;
}

}  // namespace kvfoot
