// The wall clock of a run: when every pass ends, what the cache costs as rent, and the peak of
// everything that is resident. docs/time-and-memory.md states the model.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/device.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/engine/control.hpp"
#include "sim/engine/profile.hpp"
#include "sim/graph/pass_graph.hpp"
#include "sim/policy/policy.hpp"

namespace kvfoot {

__extension__ using WideBytesNs = unsigned __int128;

// What is timed. `profile` says what every stream holds at the start of each pass and after the
// last one; `policy` says when it decides.
struct ClockRequest {
  const ResidenceProfile* profile = nullptr;
  const Policy* policy = nullptr;
  PassModel model;
  DeviceModel device;
  bool pass_ends = false;  // keep when each pass ends
};

// The largest sum over all classes, and the operator that reaches it first.
struct MemoryPeak {
  MemoryBytes bytes;
  std::int64_t pass = 0;
  OperatorKind kind = OperatorKind::kEmbed;
  std::int32_t layer = kBoundary;
  friend bool operator==(const MemoryPeak&, const MemoryPeak&) = default;
};

struct ClockOutcome {
  std::int64_t ttft_ns = 0;    // end of the pass of the last prompt token
  std::int64_t total_ns = 0;   // end of everything
  WideBytesNs kv_byte_ns = 0;  // allocated KV bytes, integrated over [0, total_ns)
  std::int64_t peak_kv_bytes = 0;
  MemoryPeak peak;
  MemoryBytes class_peak;                 // every class at its own largest
  std::vector<std::int64_t> pass_end_ns;  // if asked for
  friend bool operator==(const ClockOutcome&, const ClockOutcome&) = default;
};

// What a policy asks, over which keys it votes, and the shape, put together for the graph.
[[nodiscard]] PassModel pass_model(const ModelShape& shape, const Policy& policy,
                                   const RunLengths& run, DType dtype, DType kv_dtype,
                                   std::int64_t block, LogitsRows logits, std::int64_t batch = 1,
                                   const KvLayout& layout = {});

// Refuses models that cannot be timed, and runs of more than thirty years.
[[nodiscard]] Status check_clock(const PassModel& model, const DeviceModel& device,
                                 const RunLengths& run);

// Decode passes between two changes of the counts in arithmetic, no event per operator. Exactly
// what simulate() gives. The request must have passed check_clock().
[[nodiscard]] ClockOutcome run_clock(const ClockRequest& request);
// The same, told how far it is. Errors: kInterrupted.
[[nodiscard]] Result<ClockOutcome> run_clock(const ClockRequest& request,
                                             const ReplayControl& control);

// One operator on its resource.
struct OperatorSpan {
  std::int64_t pass = 0;
  const Operator* op = nullptr;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
};
class ScheduleObserver {
 public:
  virtual ~ScheduleObserver() = default;
  virtual void on_operator(const OperatorSpan& span) = 0;  // when it starts
  // What is resident from this moment on; several calls for one moment are possible.
  virtual void on_memory(std::int64_t time_ns, const MemoryBytes& held) = 0;
};

// The general path: the graph of every pass through the event queue. `observer` may be null;
// `max_passes` ends the run early.
[[nodiscard]] ClockOutcome simulate(const ClockRequest& request,
                                    ScheduleObserver* observer = nullptr,
                                    std::int64_t max_passes = INT64_MAX);

}  // namespace kvfoot
