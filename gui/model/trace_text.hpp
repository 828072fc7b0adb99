// The tokens of a trace as they are shown: white space made visible, bytes that are no text spelled
// out, every distinct text measured once.
#pragma once

#include <QString>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "gui/model/token_layout.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot::gui {

// "the", " the" and "·" for a lone space, "⏎" for the end of a line, "⇥" for a tab, "\xE2" for a
// byte that is no UTF-8 (tokens may cut a character).
[[nodiscard]] QString visible_text(std::string_view bytes);
[[nodiscard]] TokenBreak break_of(std::string_view bytes);

struct TraceText {
  std::vector<QString> distinct;
  std::vector<std::int32_t> text;  // [tokens], index into distinct
  std::vector<float> width;        // [tokens]
  std::vector<TokenBreak> breaks;  // [tokens]
  bool ids = false;                // the trace keeps no text: numbers of tokens stand for it

  [[nodiscard]] std::int64_t tokens() const { return static_cast<std::int64_t>(text.size()); }
  [[nodiscard]] const QString& of(std::int64_t token) const {
    return distinct[static_cast<std::size_t>(text[static_cast<std::size_t>(token)])];
  }
};

// The first `most` tokens at most; `measure` gives the width of a text in pixels. May be stopped
// early by `cancel` (null: never), with fewer tokens.
[[nodiscard]] TraceText read_trace_text(const TraceReader& trace, std::int64_t most,
                                        const std::function<double(const QString&)>& measure,
                                        const std::atomic<bool>* cancel = nullptr);

}  // namespace kvfoot::gui
