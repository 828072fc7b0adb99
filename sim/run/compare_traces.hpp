// Replays schedules on two traces of one run, and says how far they decide the same: a `blocks`
// recording against a `rows` recording, or a trace that somebody else wrote against our own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/metrics.hpp"
#include "sim/core/result.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/run/compare_logs.hpp"
#include "sim/run/replay.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot {

// One schedule on both traces. Decisions follow each other: once kept sets differ, later ones start
// from different entries, as in two real runs.
struct TraceComparison {
  std::string policy;  // canonical spec
  std::int64_t chunk = 0;
  LogComparison log;
  Metrics first;
  Metrics second;
  // Attention mass that the second's decisions retain by the first's account: what it costs to
  // decide on the second. Nothing where the first's is not known.
  std::optional<double> second_in_first;
};

// Fails unless both hold a full cache of the same tokens at the same geometry. `chunks`: empty
// takes the first trace's own. Comparisons by chunk, then policy. A policy that one trace cannot
// answer is an error that names it.
[[nodiscard]] Result<std::vector<TraceComparison>> compare_traces(
    const std::shared_ptr<const TraceReader>& first,
    const std::shared_ptr<const TraceReader>& second, std::span<const PolicySpec> policies,
    std::span<const std::int64_t> chunks, const ReplayControl& control = {});

}  // namespace kvfoot
