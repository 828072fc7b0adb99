// Two results, or two sweeps, side by side.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/report/result_json.hpp"
#include "sim/report/table.hpp"

namespace kvfoot {

struct Comparison {
  // Inputs that differ, "policy: snapkv:sparsity=0.7 | full". Of two single results only: runs of
  // sweeps are matched by their inputs.
  std::vector<std::string> inputs;
  // Why some numbers say nothing about each other, a sentence each.
  std::vector<std::string> cautions;
  // One row per metric that differs (of two single results: per metric that either has).
  Table metrics;
  std::int64_t same = 0;                // pairs of runs whose metrics are all equal
  std::int64_t different = 0;           // pairs that differ in a metric
  std::vector<std::string> only_first;  // runs without a partner
  std::vector<std::string> only_second;
  [[nodiscard]] bool equal() const {
    return different == 0 && only_first.empty() && only_second.empty();
  }
};

// Two files of one result each are compared whatever their inputs are; otherwise runs pair up by
// equal inputs. Provenance is not compared, but for the trace.
[[nodiscard]] Comparison compare_results(const SweepResult& first, const SweepResult& second);

}  // namespace kvfoot
