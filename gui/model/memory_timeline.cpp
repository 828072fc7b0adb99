#include "gui/model/memory_timeline.hpp"

#include <algorithm>
#include <set>

#include "sim/engine/pass_timer.hpp"

namespace kvfoot::gui {
namespace {

// At most `most` of the passes [first, last], both ends among them.
void spread(std::int64_t first, std::int64_t last, std::int64_t most,
            std::set<std::int64_t>& passes) {
  const std::int64_t count = last - first + 1;
  const std::int64_t samples = std::min(count, std::max<std::int64_t>(most, 2));
  for (std::int64_t i = 0; i < samples; ++i) {
    passes.insert(first + (samples == 1 ? 0 : i * (count - 1) / (samples - 1)));
  }
}

}  // namespace

std::vector<PassPeak> memory_timeline(const ClockRequest& request, std::int64_t always,
                                      std::int64_t most, const std::atomic<bool>* cancel) {
  const RunLengths& run = request.profile->run();
  std::set<std::int64_t> passes{always};
  spread(0, run.prefill_passes() - 1, most, passes);
  spread(run.prefill_passes(), run.passes() - 1, most, passes);
  PassTimer timer(request);
  std::vector<PassPeak> peaks;
  for (const std::int64_t index : passes) {
    if (cancel != nullptr && *cancel) {
      break;
    }
    const Pass pass = pass_at(run, index, 0);
    peaks.push_back({pass.begin, pass.end, timer.time(index).peak.bytes});
  }
  return peaks;
}

}  // namespace kvfoot::gui
