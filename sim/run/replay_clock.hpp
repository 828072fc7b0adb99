// Times and whole memory of a replay; what replay() does last.
#pragma once

#include "sim/core/result.hpp"
#include "sim/run/replay.hpp"

namespace kvfoot {

// Fills `clock` and the metrics that come from it. The request has a device, the outcome a profile.
// Errors: a shape without a whole model, a run of decades; kInterrupted.
[[nodiscard]] Status add_clock(const ReplayRequest& request, const ReplayControl& control,
                               ReplayOutcome& outcome);

}  // namespace kvfoot
