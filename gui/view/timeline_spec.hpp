// What the timeline draws: an outcome in a unit, over rows or over seconds.
#pragma once

#include "gui/model/outcome.hpp"
#include "gui/plots/spec.hpp"
#include "sim/report/plot_data.hpp"

namespace kvfoot::gui {

struct TimelineOptions {
  EntryUnit unit = EntryUnit::kGiB;
  bool seconds = false;       // needs an outcome with a clock
  bool whole_memory = false;  // weights and the rest too, in bytes; needs an outcome with a clock
  friend bool operator==(const TimelineOptions&, const TimelineOptions&) = default;
};

// Seconds from the start to the end of a row. Rows of a prefill pass share its time evenly: a pass
// is one piece of work. The outcome has a clock.
[[nodiscard]] double time_of_row(const Outcome& outcome, std::int64_t row);
// The row that is being computed then.
[[nodiscard]] std::int64_t row_at_time(const Outcome& outcome, double seconds);

// Errors: the outcome has no timeline; seconds or whole memory without a clock.
[[nodiscard]] Result<plots::PlotSpec> timeline_spec(const Outcome& outcome,
                                                    const TimelineOptions& options);

}  // namespace kvfoot::gui
