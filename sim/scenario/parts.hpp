// What a scenario file holds before its axes are crossed; internal to sim/scenario.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/kv_layout.hpp"
#include "sim/core/metrics.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/scenario/axes.hpp"
#include "sim/scenario/policy_axis.hpp"
#include "sim/scenario/scenario.hpp"

namespace kvfoot {

// One entry of `workload:` with its axes.
struct Workload {
  std::vector<std::optional<ModelShape>> shapes;
  std::vector<std::string> traces;
  std::vector<std::optional<std::int64_t>> prompts;
  std::vector<std::optional<std::int64_t>> outputs;
  std::vector<std::int64_t> batches;
  int line = 0;
};

// Everything beside workload and policy.
struct Settings {
  std::vector<std::int64_t> chunks;
  std::vector<Accounting> accountings;
  std::vector<LastPromptToken> last_prompt_tokens;
  std::vector<std::int64_t> block_sizes;
  std::vector<std::optional<DType>> kv_dtypes;
  std::vector<KvQuant> kv_quants;
  std::vector<KvIndex> kv_indices;
  std::vector<KvAlloc> kv_allocs;
  std::vector<KvCopies> kv_copies;
  std::vector<std::optional<std::uint64_t>> seeds;
  std::vector<std::string> device_models;
  std::vector<DType> weight_dtypes;
  std::vector<LogitsRows> logits;
};

struct ScenarioParts {
  int line = 0;  // of the file's map
  std::vector<Workload> workloads;
  Settings settings;
  std::vector<PolicyEntry> policies;
};

// Of the whole cross when there are `policies` of them; kUncountable beyond 63 bits.
[[nodiscard]] std::int64_t count_points(const ScenarioParts& parts, std::int64_t policies);

// Workloads outermost, policies innermost: runs that share a trace, a chunk size and an output
// length stand together. Checks every point that can be checked without a trace.
[[nodiscard]] Result<std::vector<ScenarioPoint>> cross(const ScenarioSource& source,
                                                       const ScenarioContext& context,
                                                       const ScenarioParts& parts);

// 16 hex digits over everything that decides the numbers, but the contents of traces.
[[nodiscard]] std::string hash_inputs(const Scenario& scenario, const ScenarioContext& context);

}  // namespace kvfoot
