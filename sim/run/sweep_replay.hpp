// The points of a scenario as replays.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "sim/core/result.hpp"
#include "sim/run/sweep.hpp"
#include "sim/scenario/scenario.hpp"

namespace kvfoot {

struct ReplaySweep {
  SweepRunner runner;
  std::string inputs_hash;  // of the traces' contents, empty without traces
};

// Opens every trace of the scenario, relative to its file, before anything runs. `cancel` may be
// null; it ends replays between passes.
[[nodiscard]] Result<ReplaySweep> replay_sweep(const Scenario& scenario,
                                               const std::atomic<bool>* cancel);

}  // namespace kvfoot
