// Replay of a trace: schedules decide on recorded attention, together over one read of it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/metrics.hpp"
#include "sim/core/records.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/engine/control.hpp"
#include "sim/engine/schedule_run.hpp"
#include "sim/policy/policy.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot {

// One schedule to replay. `policy` and `sink` are not owned.
struct TraceSchedule {
  const Policy* policy = nullptr;
  std::string spec;  // canonical text of the policy
  RunLengths run;    // output beyond the recorded length is extrapolated, with a warning
  std::int64_t block = 16;
  DType kv_dtype = DType::kBF16;
  std::int64_t batch = 1;  // equal requests
  KvLayout layout{};
  bool retained_mass = true;
  bool profile = false;
  bool memory = false;
  DecisionSink* sink = nullptr;
};

struct TraceOutcome {
  ScheduleOutcome schedule;  // metrics with retained mass where it was asked for and is known
  std::vector<Warning> warnings;
  std::vector<double> stream_mass;  // (layers, storage heads), with retained mass; else empty
  std::int64_t bytes_touched = 0;   // encoded attention that this schedule's answers went over
};

// Outcomes in the order of the schedules. Schedules whose passes coincide run in lockstep, layer by
// layer, so that each piece of the trace is read and decoded once for all of them.
//
// Beyond the recorded output, counts stay exact (they follow the policy's own rules) and attention
// is that of the last recorded decode row, laid over whatever is resident then.
//
// A schedule that the trace cannot serve fails alone, with its error in its place. The error of the
// whole is kInterrupted.
[[nodiscard]] Result<std::vector<Result<TraceOutcome>>> replay_trace(
    std::shared_ptr<const TraceReader> trace, std::span<const TraceSchedule> schedules,
    const ReplayControl& control = {});

// Level 0a: the policy decides again on the very answers that it received while the trace was
// recorded. The log and the memory of every pass must equal the recorded ones.
struct RecordedReplay {
  ScheduleOutcome schedule;  // with memory
  std::vector<DecisionRecord> decisions;
  // Empty when equal; else where the first difference is and what both sides say.
  std::string decision_difference;
  std::string memory_difference;
  std::int64_t recorded_decisions = 0;
};

// `policy` must be made from the recorded spec, run and shape (trace.header()).
[[nodiscard]] Result<RecordedReplay> replay_recorded_answers(
    std::shared_ptr<const TraceReader> trace, const Policy& policy);

}  // namespace kvfoot
