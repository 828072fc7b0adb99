// Tables for the terminal and for Markdown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kvfoot {

struct Table {
  struct Column {
    std::string header;
    bool right = false;  // numbers are aligned to the right
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as columns
};

// Columns of a terminal that the text takes: wide characters take two, combining marks none.
[[nodiscard]] std::size_t display_width(std::string_view text);

// Aligned by display width, a rule under the headers, no trailing blanks, one newline per line.
[[nodiscard]] std::string table_to_text(const Table& table);
[[nodiscard]] std::string table_to_markdown(const Table& table);

}  // namespace kvfoot
