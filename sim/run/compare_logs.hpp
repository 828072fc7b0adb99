// Holds two decision logs of the same run against each other.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sim/core/records.hpp"
#include "sim/core/schedule.hpp"

namespace kvfoot {

// The first place where two logs differ.
struct LogDifference {
  std::int32_t pass = 0;
  std::int32_t layer = 0;
  std::int32_t head = 0;
  std::int64_t kept_first = 0;  // entries kept after that decision
  std::int64_t kept_second = 0;
};

struct LogComparison {
  std::int64_t decisions = 0;  // (pass, stream) where either log evicted something
  std::int64_t different = 0;  // of those, with unequal kept sets
  std::int64_t kept = 0;       // sum over decisions of the larger kept set
  std::int64_t shared = 0;     // sum over decisions of the entries that both keep
  double worst = 1;            // smallest shared / kept of one decision
  bool counts_equal = true;    // both keep equally many after every decision
  std::optional<LogDifference> first;

  [[nodiscard]] bool equal() const { return different == 0; }
  [[nodiscard]] double overlap() const {
    return kept == 0 ? 1.0 : static_cast<double>(shared) / static_cast<double>(kept);
  }
};

// Both logs are in the order (pass, layer, head). Kept sets are compared, so two logs that evict
// the same entries in different passes differ where they do.
[[nodiscard]] LogComparison compare_logs(std::span<const DecisionRecord> first,
                                         std::span<const DecisionRecord> second,
                                         const RunLengths& run);

}  // namespace kvfoot
