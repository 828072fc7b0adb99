// The tokens as one text, and back from its characters to tokens.
#include "gui/model/token_search.hpp"

#include <algorithm>

namespace kvfoot::gui {
namespace {

// What visible_text() writes for white space is white space again.
QString folded(const QString& text) {
  QString plain;
  for (const QChar c : text) {
    switch (c.unicode()) {
      case 0x00B7:  // a lone space
      case 0x23CE:  // ends of lines
      case 0x240D:
      case 0x21E5:  // a tab
        plain += QLatin1Char(' ');
        break;
      case 0x2205:  // a token without bytes
        break;
      default:
        plain += c.isSpace() ? QLatin1Char(' ') : c;
    }
  }
  return plain.toCaseFolded();
}

}  // namespace

TokenSearch::TokenSearch(const TraceText& texts) {
  std::vector<QString> distinct(texts.distinct.size());
  std::ranges::transform(texts.distinct, distinct.begin(), folded);
  begin_.reserve(texts.text.size());
  for (const std::int32_t index : texts.text) {
    begin_.push_back(text_.size());
    text_ += distinct[static_cast<std::size_t>(index)];
  }
}

std::int64_t TokenSearch::token_at(qsizetype character) const {
  return std::ranges::upper_bound(begin_, character) - begin_.begin() - 1;
}

std::vector<TokenSpan> TokenSearch::find(const QString& words) const {
  std::vector<TokenSpan> found;
  const QString wanted = folded(words);
  if (wanted.isEmpty()) {
    return found;
  }
  for (qsizetype at = text_.indexOf(wanted); at >= 0; at = text_.indexOf(wanted, at)) {
    const qsizetype end = at + wanted.size();
    found.push_back({token_at(at), token_at(end - 1) + 1});
    at = end;
  }
  return found;
}

}  // namespace kvfoot::gui
