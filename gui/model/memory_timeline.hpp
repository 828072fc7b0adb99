// What every pass needs at its fullest moment, by class: the whole memory over time.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "sim/core/memory_classes.hpp"
#include "sim/engine/clock.hpp"

namespace kvfoot::gui {

// Rows [begin, end) of one pass; `peak` are the classes at the moment of its largest sum.
struct PassPeak {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  MemoryBytes peak;
  friend bool operator==(const PassPeak&, const PassPeak&) = default;
};

// Of the prefill passes and of the decode passes at most `most` each, evenly spread, with the first
// and the last of both and with pass `always`; ascending. The request must have passed
// check_clock(). Ends early, with what it has, once `cancel` is set.
[[nodiscard]] std::vector<PassPeak> memory_timeline(const ClockRequest& request,
                                                    std::int64_t always, std::int64_t most = 256,
                                                    const std::atomic<bool>* cancel = nullptr);

}  // namespace kvfoot::gui
