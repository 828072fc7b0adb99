// Two `blocks` traces of one run, recorded in different ways.
#pragma once

#include "sim/trace/reader.hpp"

namespace kvfoot::testing_trace {

// Masses may differ by `tolerance` (relative), and entries where masses so near decide; the rest by
// a code. Votes must be equal but where voters lie in two passes, there codes may be neighbours.
void expect_near_blocks(const TraceReader& want, const TraceReader& got, float tolerance);
void expect_equal_votes(const TraceReader& want, const TraceReader& got);

}  // namespace kvfoot::testing_trace
