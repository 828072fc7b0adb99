// What came out of a scenario: immutable, shared between threads, free of Qt.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gui/model/memory_timeline.hpp"
#include "gui/model/what_if.hpp"
#include "sim/core/records.hpp"
#include "sim/core/result.hpp"
#include "sim/report/run_result.hpp"
#include "sim/run/replay.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot::gui {

// When the keys of every stream were freed, in 4 bytes per key and stream.
class StreamLives final : public DecisionSink {
 public:
  StreamLives(const RunLengths& run, std::int32_t layers, std::int32_t heads);

  void on_decision(const DecisionRecord& record) override;
  void on_answer(std::int32_t /*pass*/, std::int32_t /*layer*/, std::int32_t /*head*/,
                 const AttentionQuery& /*query*/, std::span<const float> /*values*/) override {}

  [[nodiscard]] std::int32_t layers() const { return layers_; }
  [[nodiscard]] std::int32_t heads() const { return heads_; }  // storage heads of a layer
  [[nodiscard]] const RunLengths& run() const { return run_; }
  // [rows]: the first row that no longer sees the key; rows() if it stays.
  [[nodiscard]] const std::vector<std::int32_t>& evicted_at(std::int32_t layer,
                                                            std::int32_t head) const;

 private:
  RunLengths run_;
  std::int32_t layers_ = 0;
  std::int32_t heads_ = 0;
  std::vector<std::vector<std::int32_t>> evicted_at_;  // [layer * heads + head][row]
};

struct Outcome {
  WhatIf asked;
  RunResult result;                          // what `kvfoot replay --json` writes
  ReplayOutcome replay;                      // profile absent under paper accounting
  std::vector<TimelinePoint> timeline;       // the profile's change points
  std::shared_ptr<const TraceReader> trace;  // null without a trace
  // Null where nobody knows which keys go (without a trace a policy only counts), and for runs so
  // long that knowing would take more than kMostLivesBytes.
  std::shared_ptr<const StreamLives> lives;
  std::vector<PassPeak> memory;  // with a device only
  std::int64_t capacity = 0;     // bytes that the device has; 0 without one

  [[nodiscard]] std::int64_t streams() const {
    return replay.profile ? replay.profile->streams() : 0;
  }
  // That the peak does not fit into the device's memory, as the simulator says it; null: it fits,
  // or there is no device.
  [[nodiscard]] const Warning* exceeds_memory() const {
    const auto at = std::ranges::find(result.warnings, "exceeds_memory", &Warning::code);
    return at == result.warnings.end() ? nullptr : &*at;
  }
  [[nodiscard]] std::int32_t layers() const { return result.inputs.shape.layers; }
  [[nodiscard]] std::int32_t heads() const {  // storage heads of a layer
    return replay.profile ? replay.profile->heads() : 0;
  }
};
using OutcomePtr = std::shared_ptr<const Outcome>;

// Files that were opened last, so that a slider does not open them again. Opened anew once their
// size or time of change differs. For one thread.
class SourceCache {
 public:
  [[nodiscard]] Result<std::shared_ptr<const TraceReader>> trace(const std::string& path);
  [[nodiscard]] Result<ModelShape> shape(const std::string& name_or_file);
  [[nodiscard]] Result<DeviceModel> device(const std::string& name_or_file);

 private:
  struct Stamp {
    std::uint64_t bytes = 0;
    std::int64_t changed = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  [[nodiscard]] static Result<Stamp> stamp(const std::string& path);

  std::string trace_path_;
  Stamp trace_stamp_;
  std::shared_ptr<const TraceReader> trace_;
};

[[nodiscard]] Result<ReplayRequest> to_request(const WhatIf& what_if, SourceCache& sources);

// Longer runs are replayed without knowing which keys go, rather than into swap.
constexpr std::int64_t kMostLivesBytes = std::int64_t{1} << 30;

// The same was asked and the same was counted; a file may have changed in between.
[[nodiscard]] bool same_outcome(const Outcome& a, const Outcome& b);

// Replays on the calling thread. Errors as on the command line; kInterrupted after a cancel.
[[nodiscard]] Result<OutcomePtr> compute(const WhatIf& what_if, SourceCache& sources,
                                         const ReplayControl& control = {},
                                         std::int64_t most_lives_bytes = kMostLivesBytes);

}  // namespace kvfoot::gui
