// The stretches of a text that a trace knows by name (needle, question, ...), and what is left of
// them.
#pragma once

#include <QString>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gui/model/token_lives.hpp"
#include "sim/trace/format.hpp"

namespace kvfoot::gui {

// Tokens [begin, end).
struct TokenMark {
  QString name;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::size_t number = 0;  // of the name, in the order in which names come up
};

// The segments of a trace but its filler, and what comes after the prompt; ascending and disjoint,
// within `rows`.
[[nodiscard]] std::vector<TokenMark> marks_of(const TraceHeader& header, std::int64_t rows,
                                              const QString& output);

struct MarkSurvival {
  QString name;
  std::int64_t tokens = 0;  // of all stretches of the name, up to the row
  double share = 0;         // of their entries that the row finds resident, over the streams
};
// Names in their order; without those that the row has not come to, and nothing of more than
// `most_tokens` tokens, because counting costs tokens times streams.
[[nodiscard]] std::vector<MarkSurvival> survival_of(std::span<const TokenMark> marks,
                                                    TokenLives& lives, std::int64_t row,
                                                    std::int64_t most_tokens = 4096);

}  // namespace kvfoot::gui
