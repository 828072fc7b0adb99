// Attention sources over a trace: what policies ask, answered from a recording.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/core/metrics.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot {

// Level 0a: the answers exactly as the policy received them while recording. A question that was
// not asked then is an error, and so is an answer that does not fit what is resident now. Call
// begin_layer before each decision.
class RecordedAnswers final : public AttentionSource {
 public:
  explicit RecordedAnswers(std::shared_ptr<const TraceReader> trace);
  // `resident`: one list per storage head, as Residency::resident gives it after append.
  void begin_layer(const Pass& pass, std::int32_t layer,
                   std::span<const std::span<const TokenPos>> resident);
  [[nodiscard]] Result<std::span<const float>> answer(const AttentionQuery& query,
                                                      std::int32_t head) override;
  void retain(std::int32_t head, std::span<const std::int32_t> kept) override;

 private:
  std::shared_ptr<const TraceReader> trace_;
  Pass pass_;
  std::int32_t layer_ = 0;
  std::vector<std::int64_t> resident_;  // entries per storage head
};

// Dense mass that lies on resident keys, over (row, layer, query head); rows are those of the run.
// From a `blocks` trace the rows of a block share its mean.
struct RetainedMass {
  double mean = 0;
  std::optional<double> decode_mean;  // absent without decode rows
  double p5 = 0;                      // 5th percentile, resolution 1/4096
};

// One schedule that is replayed on a trace.
struct TraceRequest {
  std::string policy;  // canonical spec; must be the recorded one unless the trace kept everything
  RunLengths run;      // rows; output may exceed the recorded length (extrapolated, with a warning)
  Storage storage = Storage::kKvHeads;
  AttentionNeeds needs;
  std::int64_t patch_window = 0;
  bool retained_mass = false;
};

// What schedules over one trace share: decoded pieces of it and answers that do not depend on who
// asks. Schedules that are driven in lockstep (for each pass, for each layer, for each schedule)
// share answers; those that also begin their layers together (begin_layers) share the decoding of
// rows. Any other order is correct and slower. One thread.
class TraceScores {
 public:
  explicit TraceScores(std::shared_ptr<const TraceReader> trace);
  ~TraceScores();
  [[nodiscard]] const TraceReader& trace() const;

 private:
  friend class TraceAttention;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Levels 0b and 1: answers recomputed from the recorded attention.
//
// A trace that kept everything serves any policy (open loop): each row is renormalised over what is
// resident under the replayed schedule. A trace recorded while a policy evicted serves that policy,
// that chunk size and those resident lists only. `blocks` traces answer approximately
// (docs/trace-format.md, "What blocks can answer"), and only for chunk sizes whose ends they know.
//
// Order of calls: for each pass, for each layer: begin_layer after the pass's entries were
// appended, then PolicyDriver::decide (which calls answer and retain); layers in order, passes in
// order. Call it for every layer of every pass even when the policy does not decide: rows are
// accumulated there.
class TraceAttention final : public AttentionSource {
 public:
  [[nodiscard]] static Result<std::unique_ptr<TraceAttention>> create(
      std::shared_ptr<TraceScores> scores, const TraceRequest& request);
  ~TraceAttention() override;

  // `resident`: one list per storage head, as Residency::resident gives it after append (past
  // survivors, the pass's rows, its patch rows); it must stay valid until the layer's decision.
  [[nodiscard]] Status begin_layer(const Pass& pass, std::int32_t layer,
                                   std::span<const std::span<const TokenPos>> resident);
  // The same for several schedules over one TraceScores whose passes have the same rows.
  struct LayerOf {
    TraceAttention* source = nullptr;
    Pass pass;  // patch rows may differ
    std::span<const std::span<const TokenPos>> resident;
  };
  [[nodiscard]] static Status begin_layers(std::span<const LayerOf> schedules, std::int32_t layer);
  [[nodiscard]] Result<std::span<const float>> answer(const AttentionQuery& query,
                                                      std::int32_t head) override;
  // Also drops what is not kept from the accumulators of the layer of the last begin_layer.
  void retain(std::int32_t head, std::span<const std::int32_t> kept) override;

  // After the last pass; absent if it was not asked for or the trace cannot know it.
  [[nodiscard]] std::optional<RetainedMass> retained_mass() const;
  // Its mean stream by stream, (layers, storage heads): query heads of a group count alike. Empty
  // where retained_mass() is absent.
  [[nodiscard]] std::vector<double> stream_mass() const;
  // patch_proxy, blocks_approximation, decode_extrapolated: each once.
  [[nodiscard]] std::vector<Warning> warnings() const;
  // Encoded bytes that answers and accumulation went over so far, for benchmarks.
  [[nodiscard]] std::int64_t bytes_touched() const;

 private:
  class Impl;
  explicit TraceAttention(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kvfoot
