// Which chunk sizes a trace in `blocks` can be replayed with: passes have to consist of recorded
// blocks, and votes are there for some passes only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/trace/reader.hpp"
#include "sim/trace/row_access.hpp"
#include "sim/trace/source.hpp"

namespace kvfoot {

// Ascending, in rows; the last may be the whole prefill. Where the request has a voting window,
// those alone whose every prefill pass has votes of it; where it asks for last rows, those whose
// passes end with a row that was kept apart.
[[nodiscard]] std::vector<std::int64_t> served_chunks(const TraceReader& trace,
                                                      const RowAccess& access,
                                                      const TraceRequest& request);

// The next smaller and the next larger of ascending `sizes`: "512 or 1024"; empty without any.
[[nodiscard]] std::string nearest_sizes(std::span<const std::int64_t> sizes, std::int64_t asked);

// What to do about a chunk that is not served: to replay the nearest that are, or to record
// again.
[[nodiscard]] std::string chunk_hint(const TraceReader& trace, const RowAccess& access,
                                     const TraceRequest& request);

}  // namespace kvfoot
