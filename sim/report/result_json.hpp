// result.json and sweep.json: written with stable keys, read back strictly (docs/results.md).
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/report/run_result.hpp"

namespace kvfoot {

class JsonValue;

inline constexpr std::string_view kResultSchema = "kvfoot.result/1";
inline constexpr std::string_view kSweepSchema = "kvfoot.sweep/1";

// A point of a sweep that could not be run: bad input that only the run could see.
struct FailedPoint {
  std::string run;  // policy and workload in words
  std::string error;
  friend bool operator==(const FailedPoint&, const FailedPoint&) = default;
};

struct SweepResult {
  std::string title;
  std::string teaches;
  Provenance provenance;           // without a trace hash: each result has its own
  std::vector<RunResult> results;  // in the order of the scenario's points
  std::vector<FailedPoint> failed;
};

// Indented, one newline at the end; the same bytes for the same values.
[[nodiscard]] std::string result_to_json(const RunResult& result);
[[nodiscard]] std::string sweep_to_json(const SweepResult& sweep);

// One object in one line without a schema: what the journal of a sweep holds.
[[nodiscard]] std::string result_to_line(const RunResult& result);
[[nodiscard]] Result<RunResult> result_from_value(const JsonValue& value, std::string_view where);

// Strict: unknown or missing keys, wrong types and newer versions are errors that name the key.
[[nodiscard]] Result<RunResult> result_from_json(std::string_view text, std::string_view where);
[[nodiscard]] Result<SweepResult> sweep_from_json(std::string_view text, std::string_view where);

// Either file; a single result becomes a sweep of one.
[[nodiscard]] Result<SweepResult> load_results(const std::filesystem::path& path);

}  // namespace kvfoot
