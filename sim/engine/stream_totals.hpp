// What single streams hold over a run, read from its profile: the heat maps of layers and heads.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/engine/profile.hpp"

namespace kvfoot {

// Of one stream, by the row clock: a pass's own entries count up to the row.
struct StreamTotals {
  std::int64_t peak_entries = 0;  // most entries that any row finds resident, its own included
  std::int64_t entry_rows = 0;    // sum over rows of resident entries
  friend bool operator==(const StreamTotals&, const StreamTotals&) = default;
};

// Per stream, layer-major. The entry_rows add up to Metrics::entry_rows; divided by
// triangle(rows()) they are footprints, whose mean is Metrics::footprint. Costs the change points
// of the profile, not its rows.
[[nodiscard]] std::vector<StreamTotals> stream_totals(const ResidenceProfile& profile);

// Entries of every stream at a row, 0 <= row < run().rows(): survivors and the pass's own entries
// up to that row.
[[nodiscard]] std::vector<std::int64_t> resident_at(const ResidenceProfile& profile,
                                                    std::int64_t row);

}  // namespace kvfoot
