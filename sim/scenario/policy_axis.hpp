// The `policy:` part of a scenario: names, texts or maps whose lists are axes.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/io/yaml.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/scenario/axes.hpp"

namespace kvfoot {

struct PolicyEntry {
  PolicySpec spec;
  int line = 0;
};

// "full", "snapkv:sparsity=0.7", or {snapkv: {sparsity: [0.5, 0.7], patch: true}}. Parameters that
// are policies themselves ("rest") may be written either way too. The last parameter of a map
// varies quickest. Counts before it expands: more than `limit` entries are an error.
[[nodiscard]] Result<std::vector<PolicyEntry>> read_policies(const ScenarioSource& source,
                                                             const YamlNode& node,
                                                             std::int64_t limit);

}  // namespace kvfoot
