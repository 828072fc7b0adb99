// Rows of a sweep for other tools (CSV, JSON lines, HDF5) and for people (tables).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/run_result.hpp"
#include "sim/report/table.hpp"

namespace kvfoot {

// One line per result, one column per input and metric; policy parameters have columns of their own
// (prefixed "param_" where the name is taken). What a run cannot know is an empty field.
//   pandas.read_csv("sweep.csv")
[[nodiscard]] std::string results_to_csv(std::span<const RunResult> results);
// The same columns, one object per line; what a run cannot know is absent.
//   pandas.read_json("sweep.jsonl", lines=True)
[[nodiscard]] std::string results_to_jsonl(std::span<const RunResult> results);

inline constexpr std::string_view kRunsSchema = "kvfoot.runs/1";
// The same columns as the bytes of an HDF5 file: a dataset each in /runs, typed (docs/results.md).
// What a run cannot know is NaN, -1 or empty text.
[[nodiscard]] Result<std::string> sweep_to_hdf5(const SweepResult& sweep);

// Policy, whatever differs between the rows, and the metrics that any row has.
[[nodiscard]] Table results_table(std::span<const RunResult> results);
// What all rows share, as one line: "llama-3.1-8b, prompt 131072, output 100, exact accounting".
[[nodiscard]] std::string shared_inputs(std::span<const RunResult> results);

struct WarningCount {
  Warning warning;
  std::size_t rows = 0;
};
// Each warning once, in the order in which they first appear.
[[nodiscard]] std::vector<WarningCount> distinct_warnings(std::span<const RunResult> results);
// The same in words, a line each.
[[nodiscard]] std::string warnings_text(std::span<const RunResult> results);

// Title, what the sweep teaches, shared inputs, table, warnings and failed runs.
[[nodiscard]] std::string sweep_to_markdown(const SweepResult& sweep);
// The same for the terminal.
[[nodiscard]] std::string sweep_to_text(const SweepResult& sweep);

// One run for the terminal: inputs, then a metric per line with its unit, then warnings.
[[nodiscard]] std::string result_to_text(const RunResult& result);

}  // namespace kvfoot
