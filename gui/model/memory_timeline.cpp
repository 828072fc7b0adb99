#include "gui/model/memory_timeline.hpp"

#include <algorithm>

#include "sim/engine/pass_timer.hpp"

namespace kvfoot::gui {

std::vector<PassPeak> memory_timeline(const ClockRequest& request, std::int64_t most) {
  const RunLengths& run = request.profile->run();
  PassTimer timer(request);
  std::vector<PassPeak> peaks;
  const auto add = [&](std::int64_t index) {
    const Pass pass = pass_at(run, index, 0);
    peaks.push_back({pass.begin, pass.end, timer.time(index).peak.bytes});
  };
  for (std::int64_t pass = 0; pass < run.prefill_passes(); ++pass) {
    add(pass);
  }
  const std::int64_t decode = run.passes() - run.prefill_passes();
  const std::int64_t samples = std::min(decode, std::max<std::int64_t>(most, 2));
  for (std::int64_t i = 0; i < samples; ++i) {
    add(run.prefill_passes() + (samples == 1 ? 0 : i * (decode - 1) / (samples - 1)));
  }
  return peaks;
}

}  // namespace kvfoot::gui
