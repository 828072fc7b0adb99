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

// How many policies the node stands for, without expanding it: exact for nodes that read_policies
// accepts, kUncountable beyond 63 bits.
[[nodiscard]] std::int64_t count_policies(const YamlNode& node);

// "full", "snapkv:sparsity=0.7", or {snapkv: {sparsity: [0.5, 0.7], patch: true}}. Parameters that
// are policies themselves ("rest") may be written either way too. The last parameter of a map
// varies quickest. Expands everything: count first.
[[nodiscard]] Result<std::vector<PolicyEntry>> read_policies(const ScenarioSource& source,
                                                             const YamlNode& node);

}  // namespace kvfoot
