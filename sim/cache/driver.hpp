// Asks the policy, checks its answer, applies it to the residency, and logs it. The simulator and
// the executor both run through this class: it is the one place where entries are evicted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/cache/residency.hpp"
#include "sim/core/attention.hpp"
#include "sim/core/records.hpp"
#include "sim/core/result.hpp"
#include "sim/policy/policy.hpp"

namespace kvfoot {

// Order of calls, per pass: begin_pass; for each layer append(layer), [attention], decide(layer);
// end_pass. Not thread-safe.
class PolicyDriver {
 public:
  // `policy` outlives the driver; `sink` may be null.
  PolicyDriver(const Policy& policy, const ModelShape& shape, const RunLengths& run,
               DecisionSink* sink);

  void begin_pass(const Pass& pass);
  // Adds the pass's entries (rows, then patch rows) to every head of the layer.
  void append(std::int32_t layer);
  // Asks the policy if it decides in this pass, drops patch entries, compacts residency and the
  // source's accumulators. Returns, per storage head, the kept indices into the resident list as it
  // was after append(); valid until the next decide(). `attention` may be null for policies whose
  // needs() are empty.
  [[nodiscard]] Result<std::span<const HeadKeep>> decide(std::int32_t layer,
                                                         AttentionSource* attention);
  void end_pass();

  [[nodiscard]] const Residency& residency() const { return residency_; }
  [[nodiscard]] std::int32_t heads() const { return heads_; }
  [[nodiscard]] const PassView& pass() const { return view_; }

 private:
  const Policy& policy_;
  DecisionSink* sink_;
  std::int32_t heads_;
  PassView view_;
  Residency residency_;
  std::vector<LayerKeep> earlier_;
};

}  // namespace kvfoot
