// The flags of a replay, shared by `kvfoot replay` and `kvfoot plot`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/schedule_options.hpp"
#include "sim/core/result.hpp"
#include "sim/report/run_result.hpp"
#include "sim/run/replay.hpp"

namespace kvfoot::cli {

class Command;

struct ReplayOptions : ScheduleOptions {
  std::string trace;
  std::string shape;
  std::optional<std::int64_t> prompt;
  std::optional<std::int64_t> output;
  std::int64_t batch = 1;
  std::string accounting = "exact";
  std::string kv_dtype;
  std::string kv_quant = "none";
  std::string kv_index = "none";
  std::string kv_alloc = "ragged";
  std::string kv_copies = "kv";
  std::optional<std::uint64_t> seed;
};

void add_replay_flags(Command& command, ReplayOptions& options);
// Opens the trace or finds the shape, parses the policy and the lengths.
[[nodiscard]] Result<ReplayRequest> replay_request(const ReplayOptions& options);
// The outcome with provenance. Hashing a trace reads all of it, so only who stores the hash asks.
[[nodiscard]] Result<RunResult> run_result(const ReplayRequest& request,
                                           const ReplayOutcome& outcome, bool hash_trace);

}  // namespace kvfoot::cli
