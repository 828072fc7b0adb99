// Real passes as the simulator sees them: the work of every operator beside the time that was
// measured.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/engine/fit_device.hpp"
#include "sim/run/check_memory.hpp"

namespace kvfoot {

// A pass of an executed run and its seconds, logits and sampling included.
struct PassTime {
  std::int64_t pass = 0;
  double seconds = 0;
};

// The work comes from the shape alone. Errors: what predict_memory() refuses, a pass beyond the
// run.
[[nodiscard]] Result<std::vector<MeasuredPass>> measured_passes(const ExecutedRun& executed,
                                                                std::span<const PassTime> times);

}  // namespace kvfoot
