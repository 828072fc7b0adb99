// Which votes and row blocks a `blocks` trace holds: decided from the header alone, before the
// recording starts, so that writer, reader and size estimate agree.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/trace/format.hpp"

namespace kvfoot {

// A recording that runs `full` gets the votes of every chunk of every candidate size (its own, the
// side sizes, the whole prompt); another one only those of its own passes, since its resident lists
// serve no other schedule.
[[nodiscard]] bool keeps_everything(const TraceHeader& header);

// Ends of the row blocks besides multiples of row_block: every candidate chunk end and the row
// before it, so that the last row of a chunk stands alone. Ascending. Full recordings only.
[[nodiscard]] std::vector<std::int64_t> block_cuts(const TraceHeader& header,
                                                   const TraceCoding& coding);

// Votes whose last row lies in `pass`, in file order; `file_pass` goes into them.
[[nodiscard]] std::vector<TraceVote> votes_of(const TraceHeader& header, const TraceCoding& coding,
                                              const TracePass& pass, std::int32_t file_pass);

// Votes that some row of `pass` belongs to though they end in a later pass. Full recordings only.
[[nodiscard]] std::vector<TraceVote> votes_beyond(const TraceHeader& header,
                                                  const TraceCoding& coding, const TracePass& pass);

// Row blocks of the true rows of a pass; empty for side passes.
[[nodiscard]] std::vector<TraceRowBlock> row_blocks_of(const TraceHeader& header,
                                                       const TraceCoding& coding,
                                                       const std::vector<std::int64_t>& cuts,
                                                       const TracePass& pass);

// Most entries and least entry of one row block.
struct BlockLimits;
[[nodiscard]] BlockLimits limits_of(const TraceCoding& coding, const TracePass& pass,
                                    const TraceRowBlock& block);

// Sizes that make sense and fields in range; the error names the field.
[[nodiscard]] Status validate(const TraceHeader& header, const TraceCoding& coding);

}  // namespace kvfoot
