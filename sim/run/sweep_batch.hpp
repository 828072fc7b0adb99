// A few points of a sweep that run together, and what became of them, as values and as text.
#pragma once

#include <cstdint>
#include <functional>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/run/sweep_journal.hpp"
#include "sim/scenario/scenario.hpp"

namespace kvfoot {

// Runs a few points that share a trace and a chunk size, in their order; called from several
// threads at once. Outcomes do not depend on which points come together. kBadInput is the fault of
// a point and is reported with it, any other error ends the sweep.
using SweepRunner =
    std::function<std::vector<Result<RunResult>>(std::span<const ScenarioPoint* const> points)>;

using SweepBatch = std::vector<std::int64_t>;  // indices of points of a scenario

// Points that share a trace come together, which reads it once, but not so many that one of `slots`
// workers would be left without. A batch is also what is lost when a sweep is killed.
[[nodiscard]] std::vector<SweepBatch> make_batches(const std::vector<ScenarioPoint>& points,
                                                   const std::vector<std::int64_t>& open,
                                                   std::int64_t slots);

struct BatchOutcome {
  PointOutcomes finished;
  std::optional<Error> fatal;  // ends the sweep
};

// Throws what the runner throws.
[[nodiscard]] BatchOutcome run_batch(const Scenario& scenario, const SweepRunner& runner,
                                     const SweepBatch& batch);

// Calls work(); what it throws for want of memory is the error, of texts that need none.
template <class Work>
[[nodiscard]] std::optional<Error> memory_error(const Work& work) {
  const auto error = [] { return Error{"sweep", "out of memory", "", ErrorKind::kEnvironment}; };
  try {
    work();
  } catch (const std::bad_alloc&) {
    return error();
  } catch (const std::length_error&) {  // more than any machine has
    return error();
  }
  return std::nullopt;
}

// Records as the journal has them, and a line for the error; `points` is how many the scenario has.
[[nodiscard]] std::string to_text(const BatchOutcome& outcome);
[[nodiscard]] Result<BatchOutcome> batch_outcome_from_text(std::string_view text,
                                                           const std::string& where,
                                                           std::int64_t points);

// An error in one line, with its kind.
[[nodiscard]] std::string to_text(const Error& error);
// The error that the text holds; of any other text, an error that says so.
[[nodiscard]] Error error_from_text(std::string_view text, const std::string& where);

}  // namespace kvfoot
