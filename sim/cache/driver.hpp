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
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
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
  // Adds the pass's entries (rows, then patch rows) to every head of the layer. Layers ascend.
  void append(std::int32_t layer);
  // Asks the policy if it decides in this pass, drops patch entries, compacts residency and the
  // source's accumulators (of heads that lose entries). Returns, per storage head, the kept indices
  // into the resident list as it was after append(); valid until the next decide(). `attention` may
  // be null for policies whose needs() are empty. A policy that breaks its contract (indices out of
  // range or order, a count other than kept_count) ends the program. An error of the attention
  // source ends the run: residency stays as it was after append().
  [[nodiscard]] Result<std::span<const HeadKeep>> decide(std::int32_t layer,
                                                         AttentionSource* attention);
  void end_pass();

  [[nodiscard]] const Residency& residency() const { return residency_; }
  // Entries that streams lost so far, patch entries not counted.
  [[nodiscard]] std::int64_t evicted() const { return evicted_; }
  [[nodiscard]] std::int32_t heads() const { return heads_; }
  [[nodiscard]] const PassView& pass() const { return view_; }

 private:
  [[nodiscard]] Result<LayerKeep> ask(std::int32_t layer, AttentionSource* attention);
  // Checks one answer, strips patch entries, and makes "everything" explicit where they go.
  void settle(std::int32_t layer, std::int32_t head, HeadKeep& keep) const;
  void log(std::int32_t layer, std::int32_t head, const HeadKeep& keep);

  const Policy& policy_;
  DecisionSink* sink_;
  std::int32_t heads_;
  PassView view_;
  bool decides_ = false;
  Residency residency_;
  std::int64_t evicted_ = 0;
  std::int32_t next_layer_ = 0;
  std::vector<HeadView> views_;     // of the layer being decided
  std::vector<LayerKeep> earlier_;  // kept only for policies that read it
  LayerKeep current_;
};

}  // namespace kvfoot
