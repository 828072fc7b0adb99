// One run's schedule for people and other programs: a trace for Perfetto, a Gantt chart of a pass,
// the graph of a pass. Everything is made by simulating the run again, operator by operator.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/engine/clock.hpp"

namespace kvfoot {

// The pass that is shown when nobody says which: the last prefill pass, else the first.
[[nodiscard]] std::int64_t default_pass(const RunLengths& run);
// "prefill pass 3, rows 98304 to 131071", "decode pass 131072".
[[nodiscard]] std::string pass_title(const ClockRequest& request, std::int64_t pass);

// Graphviz. Errors: the run has no such pass.
[[nodiscard]] Result<std::string> pass_to_dot(const ClockRequest& request, std::int64_t pass);

// Kinds of operators with their share of the pass, and the operators outside the layers and of one
// layer on a time axis. Errors: the run has no such pass.
[[nodiscard]] Result<std::string> pass_to_gantt(const ClockRequest& request, std::int64_t pass);

// "Peak memory in prefill pass 3, gate_up of layer 31: 62 % weights, 24 % KV, ..."
[[nodiscard]] std::string peak_text(const ClockRequest& request, const MemoryPeak& peak);

// Operators whose spans a trace shows one by one; passes after that are one span each.
constexpr std::int64_t kMaxTraceOperators = 30'000;

// The JSON of Chrome's trace events, which Perfetto opens: a track per resource, one for passes,
// and a counter with the bytes of each memory class. `pass_end_ns` as run_clock() gave it.
[[nodiscard]] std::string to_trace_events(const ClockRequest& request,
                                          const std::vector<std::int64_t>& pass_end_ns,
                                          std::int64_t max_operators = kMaxTraceOperators);

}  // namespace kvfoot
