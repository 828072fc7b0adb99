// Bytes to what is shown of them.
#include "gui/model/trace_text.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "sim/io/utf8.hpp"

namespace kvfoot::gui {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

QString escape(char byte) {
  return QStringLiteral("\\x%1").arg(static_cast<unsigned char>(byte), 2, 16, QLatin1Char('0'));
}

}  // namespace

QString visible_text(std::string_view bytes) {
  const bool blank = std::ranges::all_of(bytes, is_space);
  QString text;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = utf8_length(bytes.substr(i));
    const char c = bytes[i];
    if (length == 0) {
      text += escape(c);
    } else if (c == '\n') {
      text += QChar(0x23CE);
    } else if (c == '\r') {
      text += QChar(0x240D);
    } else if (c == '\t') {
      text += QChar(0x21E5);
    } else if (c == ' ' && blank) {
      text += QChar(0x00B7);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      text += escape(c);
    } else {
      text += QString::fromUtf8(bytes.data() + i, static_cast<qsizetype>(length));
    }
    i += std::max<std::size_t>(length, 1);
  }
  return text.isEmpty() ? QString(QChar(0x2205)) : text;  // a token without bytes
}

TokenBreak break_of(std::string_view bytes) {
  if (bytes.find('\n') != std::string_view::npos) {
    return TokenBreak::kLine;
  }
  if (!bytes.empty() && std::ranges::all_of(bytes, is_space)) {
    return TokenBreak::kSpace;
  }
  return !bytes.empty() && is_space(bytes.front()) ? TokenBreak::kBefore : TokenBreak::kNone;
}

TraceText read_trace_text(const TraceReader& trace, std::int64_t most,
                          const std::function<double(const QString&)>& measure,
                          const std::atomic<bool>* cancel) {
  struct Known {
    std::int32_t index = 0;
    float width = 0;
    TokenBreak breaks = TokenBreak::kNone;
  };
  std::unordered_map<std::string, Known> known;  // asked by bytes, never walked through
  TraceText texts;
  const std::span<const std::int32_t> ids = trace.tokens();
  const std::int64_t count = std::min(most, static_cast<std::int64_t>(ids.size()));
  texts.ids = count > 0 && !trace.token_text(0).has_value();
  for (std::int64_t i = 0; i < count; ++i) {
    if (cancel != nullptr && i % 1024 == 0 && cancel->load(std::memory_order_relaxed)) {
      break;
    }
    // Numbers get a space, so that lines can be broken between them.
    std::string bytes = texts.ids ? ' ' + std::to_string(ids[static_cast<std::size_t>(i)])
                                  : std::string(*trace.token_text(i));
    auto at = known.find(bytes);
    if (at == known.end()) {
      const QString text = visible_text(bytes);
      const Known made{static_cast<std::int32_t>(texts.distinct.size()),
                       static_cast<float>(measure(text)), break_of(bytes)};
      texts.distinct.push_back(text);
      at = known.emplace(std::move(bytes), made).first;
    }
    texts.text.push_back(at->second.index);
    texts.width.push_back(at->second.width);
    texts.breaks.push_back(at->second.breaks);
  }
  return texts;
}

}  // namespace kvfoot::gui
