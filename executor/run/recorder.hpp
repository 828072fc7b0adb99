// Runs a session and writes its attention, answers, decisions and memory as a trace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "executor/run/session.hpp"
#include "sim/core/result.hpp"
#include "sim/trace/format.hpp"

namespace kvfoot {

struct RecordRequest {
  SessionRequest session;   // its observer is set by record_run
  std::string path;         // of the trace; appears only when the recording is complete
  std::string policy_spec;  // canonical text of session.policy
  std::string checkpoint_hash;
  std::string program_version;
  TraceFidelity fidelity = TraceFidelity::kRows;
  TraceCoding coding;
  std::vector<TraceSegment> segments;
  // One piece per token id; empty leaves the text out of the trace.
  std::function<std::string(std::int32_t token)> token_text;
};

struct RecordOutcome {
  SessionResult session;
  std::int64_t bytes = 0;  // of the finished file
  // Coding rows (added up over the threads that did it) and everything else that was written.
  double coding_s = 0;
  double writing_s = 0;
};

// The header that record_run writes, with the longest output; for estimate_trace().
[[nodiscard]] TraceHeader trace_header(const RecordRequest& request, const ModelShape& shape);

// Refuses beforehand when the disk has too little room. On any error nothing is left behind.
[[nodiscard]] Result<RecordOutcome> record_run(Backend& backend, const RecordRequest& request);

}  // namespace kvfoot
