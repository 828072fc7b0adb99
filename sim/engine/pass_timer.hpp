// One pass in arithmetic: its duration, its rent and its peak, without events.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/engine/cost_model.hpp"
#include "sim/engine/pass_loads.hpp"

namespace kvfoot {

// The compute operators of passes that have the same rows and operators: what does not depend on
// residency is timed and sized once, from the graph of such a pass.
struct PassTemplate {
  struct Op {
    OperatorKind kind = OperatorKind::kEmbed;
    std::int32_t layer = kBoundary;
    RateClass rate = RateClass::kVector;
    std::int64_t fixed_ns = 0;  // 0 for an operator whose work depends on residency
    MemoryBytes fixed;          // resident while it runs, without what belongs to entries
  };
  std::vector<Op> ops;
  std::int64_t upload_ns = 0;
  std::int64_t download_ns = 0;
  bool uploads = false;
  bool downloads = false;
};

// What a pass adds, when it finds `pages` KV pages and `state` bytes beside its weights.
struct PassTiming {
  std::int64_t compute_ns = 0;
  std::int64_t embed_ns = 0;
  WideBytesNs page_ns = 0;  // KV pages times ns while it computes
  std::int64_t peak_pages = 0;
  MemoryPeak peak;
  MemoryBytes class_peak;
};

class PassTimer {
 public:
  explicit PassTimer(const ClockRequest& request)
      : request_(request), loads_(request), cost_(request.device, request.model.dtype) {}

  [[nodiscard]] PassLoads& loads() { return loads_; }
  [[nodiscard]] const CostModel& cost() const { return cost_; }
  [[nodiscard]] const PassTemplate& template_of(const PassLoad& frame);
  // O(streams + operators).
  [[nodiscard]] PassTiming time(std::int64_t pass);

 private:
  const ClockRequest& request_;
  PassLoads loads_;
  CostModel cost_;
  struct Shape {
    std::int64_t rows;
    bool prefill, decides, samples, patched;
    friend auto operator<=>(const Shape&, const Shape&) = default;
  };
  std::map<Shape, PassTemplate> templates_;
};

}  // namespace kvfoot
