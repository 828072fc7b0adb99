// The flags of a replay that need a device description, and what they write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/run/replay.hpp"

namespace kvfoot::cli {

class Command;

struct ClockOptions {
  std::string device;
  std::string weight_dtype;
  std::string logits;
  std::string perfetto;
  std::string graph;
  bool gantt = false;
  std::optional<std::int64_t> pass;
};

void add_clock_flags(Command& command, ClockOptions& options);
// Finds the device; an error for flags that mean nothing without one.
[[nodiscard]] Status apply(const ClockOptions& options, ReplayRequest& request);
// Writes the files that were asked for, and returns what belongs below the table.
[[nodiscard]] Result<std::string> export_schedule(const ClockOptions& options,
                                                  const ReplayRequest& request,
                                                  const ReplayOutcome& outcome);
// The end of the pass of every row, in seconds; empty without a clock.
[[nodiscard]] std::vector<double> times_of(const ReplayOutcome& outcome,
                                           const std::vector<std::int64_t>& rows);

}  // namespace kvfoot::cli
