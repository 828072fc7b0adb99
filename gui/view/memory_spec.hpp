// Whole memory over rows or seconds: what every pass needs at its fullest moment.
#pragma once

#include "gui/model/outcome.hpp"
#include "gui/plots/spec.hpp"

namespace kvfoot::gui {

// `cache` is the picture of the KV cache over the same axis, whose axis and marks of chunks are
// taken. The outcome has memory.
[[nodiscard]] Result<plots::PlotSpec> memory_spec(const Outcome& outcome,
                                                  const plots::PlotSpec& cache, bool seconds);

}  // namespace kvfoot::gui
