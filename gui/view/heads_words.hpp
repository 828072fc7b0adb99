// What the grid of heads says in words: names of measures, values, why there are none.
#pragma once

#include <QString>

#include "gui/model/head_measures.hpp"
#include "gui/model/workspace.hpp"

namespace kvfoot::gui {

[[nodiscard]] QString measure_name(HeadMeasure measure);
[[nodiscard]] QString measure_help(HeadMeasure measure);
// Label of the colour bar, without unit.
[[nodiscard]] QString measure_label(HeadMeasure measure);
[[nodiscard]] QString lack_words(MeasureLack lack);
// "KV head", or "Query head" where each has a cache of its own.
[[nodiscard]] QString head_name(const Outcome& outcome);
// "614 of 2 048 tokens, 30.0 %".
[[nodiscard]] QString value_words(const HeadGrid& grid, double value);
// "All 128 streams: 31.2 % on average; 12 keep everything".
[[nodiscard]] QString summary_words(const HeadGrid& grid);

}  // namespace kvfoot::gui
