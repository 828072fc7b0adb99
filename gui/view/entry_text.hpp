// One entry of the map in words.
#pragma once

#include <QString>
#include <cstdint>
#include <optional>

#include "gui/model/known_lives.hpp"
#include "gui/plots/state_sum.hpp"

namespace kvfoot::gui {

// "“ needle⏎”": the text of a token as the other views write it, shortened; empty where the trace
// has none (no text was recorded, no trace, a row beyond the recording).
[[nodiscard]] QString token_words(const TraceReader* trace, std::int64_t position);

// Where the reader points: a row and a key of it, key <= row or not.
struct EntryPlace {
  std::int64_t row = 0;
  std::int64_t key = 0;
};

// "Row 300 (decode pass 12) · key 17 “ needle”: evicted after row 255 (end of prefill pass 0) by
// snapkv:sparsity=0.7, which kept 96 of 256 · attention 0.81 %".
[[nodiscard]] QString entry_words(const Outcome& outcome, const EntryPlace& place,
                                  const EntryStory& story, std::optional<float> mass);

// The same of all streams: "... evicted in 40 of 256 streams".
[[nodiscard]] QString entry_words(const Outcome& outcome, const EntryPlace& place,
                                  const plots::StateSum& sum);

}  // namespace kvfoot::gui
