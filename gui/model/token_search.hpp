// Finding words in the text of a trace, whatever tokens they were cut into.
#pragma once

#include <QString>
#include <cstdint>
#include <vector>

#include "gui/model/trace_text.hpp"

namespace kvfoot::gui {

// Tokens [begin, end).
struct TokenSpan {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  friend bool operator==(const TokenSpan&, const TokenSpan&) = default;
};

class TokenSearch {
 public:
  TokenSearch() = default;
  explicit TokenSearch(const TraceText& texts);

  // Where the text holds these words, from left to right and not one over the other; upper and
  // lower case are alike, and so are all kinds of white space. None for an empty text. Characters
  // that tokens cut into bytes are not found.
  [[nodiscard]] std::vector<TokenSpan> find(const QString& words) const;

 private:
  [[nodiscard]] std::int64_t token_at(qsizetype character) const;

  QString text_;                  // of all tokens, folded
  std::vector<qsizetype> begin_;  // [tokens], of their text
};

}  // namespace kvfoot::gui
