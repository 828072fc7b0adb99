// Graphs of the passes that were measured.
#include "sim/run/measured_pass.hpp"

#include <algorithm>
#include <string>

#include "sim/engine/pass_loads.hpp"
#include "sim/run/replay.hpp"

namespace kvfoot {

Result<std::vector<MeasuredPass>> measured_passes(const ExecutedRun& executed,
                                                  std::span<const PassTime> times) {
  KVFOOT_ASSIGN(const ReplayRequest request, replay_of(executed));
  KVFOOT_ASSIGN(const ReplayOutcome outcome, replay(request));
  const ClockRequest timed = clock_request(request, outcome);
  PassLoads loads(timed);
  std::vector<MeasuredPass> passes;
  for (const PassTime& time : times) {
    if (time.pass < 0 || time.pass >= executed.run.passes()) {
      return Error{"calibration", "pass " + std::to_string(time.pass) + " is not of the run"};
    }
    MeasuredPass measured;
    measured.seconds = time.seconds;
    for (const Operator& op : build_pass_graph(timed.model, loads.at(time.pass)).operators) {
      if (op.rate == RateClass::kCopy) {
        continue;
      }
      const auto same = std::ranges::find_if(measured.work, [&](const RepeatedWork& known) {
        return known.rate == op.rate && known.work == op.work;
      });
      if (same != measured.work.end()) {
        ++same->count;
      } else {
        measured.work.push_back({op.rate, op.work, 1});
      }
    }
    passes.push_back(std::move(measured));
  }
  return passes;
}

}  // namespace kvfoot
