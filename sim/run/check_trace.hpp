// The levels at which a recording holds the simulator to account (docs/validation.md).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "sim/core/metrics.hpp"
#include "sim/core/records.hpp"
#include "sim/core/result.hpp"
#include "sim/run/compare_logs.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot {

constexpr double kLeastOverlap = 0.999;  // level 0b
// Codes of a trace are off by 2^-12 of their value at most, and so is the sum that rows are divided
// by; what is below 2^-31 is 0 in a trace (docs/trace-format.md).
constexpr double kCodeError = 0x1p-11;
constexpr double kSmallestCode = 0x1p-31;

// A trace that was recorded while a policy evicted, against the simulator's own run of that policy.
struct TraceCheck {
  std::int64_t recorded_decisions = 0;  // that evicted something
  std::string decisions;                // level 0a: empty when the logs are equal, else where not
  std::string memory;                   // level 0m: the same for entries, pages and bytes
  std::optional<LogComparison> scores;  // level 0b, `rows` traces only; near ties count as equal
  // Level 0b: decisions whose kept sets differ although every recomputed answer lies within the
  // quantisation of the trace (kCodeError) of the recorded one.
  std::int64_t near_ties = 0;
  // Level 0b: largest error of a recomputed answer, relative to the largest value of that answer. A
  // code is off by 2^-12 at most, but a row that gave nearly all of its mass to earlier passes has
  // only roundings left for its own (docs/trace-format.md), so this is reported and not judged.
  double answer_error = 0;

  [[nodiscard]] bool passes() const {
    return recorded_decisions > 0 && decisions.empty() && memory.empty() &&
           (!scores || scores->overlap() >= kLeastOverlap);
  }
};

// Makes the recorded policy again from the trace's header and replays it: on the answers that it
// received (0a, 0m), and on answers recomputed from the recorded rows (0b; each decision starts
// from the entries that were really resident).
[[nodiscard]] Result<TraceCheck> check_trace(std::shared_ptr<const TraceReader> trace);

// Level 1: a trace that kept everything, replayed under `policy` (a canonical spec), against the
// log and the memory of a real run of that policy on the same tokens.
struct OpenLoopCheck {
  LogComparison logs;
  bool memory_equal = false;  // entries, pages and bytes after and within every pass
  double retained_mass = 0;
  std::vector<Warning> warnings;
};
[[nodiscard]] Result<OpenLoopCheck> check_open_loop(std::shared_ptr<const TraceReader> full_trace,
                                                    const std::string& policy,
                                                    std::span<const DecisionRecord> real_log,
                                                    std::span<const PassMemory> real_memory,
                                                    const RunLengths& run, DType kv_dtype,
                                                    std::int64_t block, std::uint64_t seed);

}  // namespace kvfoot
