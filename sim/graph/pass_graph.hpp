// The operator graph of one pass: operators in issue order, tensors with their lifetimes, and the
// dependencies that follow from who reads and writes what.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/graph/operators.hpp"
#include "sim/graph/pass_work.hpp"

namespace kvfoot {

struct PassGraph {
  std::vector<Operator> operators;  // in issue order, which is a topological order
  std::vector<Tensor> tensors;
  // (before, after): ascending, unique.
  std::vector<std::pair<std::int32_t, std::int32_t>> edges;
};

// KV pages of a layer are up to four tensors: held before the pass or taken during it, and kept or
// given back by kEvict, or by kQuantise after it. So are accumulators and norms that stay with the
// entries.
[[nodiscard]] PassGraph build_pass_graph(const PassModel& model, const PassLoad& load);

// What is resident before the first pass and after the last: weights, and a CPU's panels.
[[nodiscard]] MemoryBytes held_throughout(const PassModel& model);

// The indices of the operators, each after everything that it depends on; of several that could
// come next, the one issued first.
[[nodiscard]] std::vector<std::int32_t> topological_order(const PassGraph& graph);

// The heaviest path through the graph with these durations, one per operator.
struct CriticalPath {
  std::vector<std::int32_t> operators;
  std::int64_t length = 0;
};
[[nodiscard]] CriticalPath critical_path(const PassGraph& graph,
                                         std::span<const std::int64_t> durations);

// What is resident while the operators run one after the other in this order: for each of them
// after it created its tensors, before it freed any.
[[nodiscard]] std::vector<MemoryBytes> residency(const PassGraph& graph,
                                                 std::span<const std::int32_t> order);

// Every tensor is created and freed once, in that order, and used only in between; no cycle.
// The error names the tensor.
[[nodiscard]] Status check_graph(const PassGraph& graph);

// Graphviz: operators with their FLOPs and bytes, edges are dependencies.
[[nodiscard]] std::string to_dot(const PassGraph& graph, std::string_view title);

// "L3 attention", "logits".
[[nodiscard]] std::string label(const Operator& op);

}  // namespace kvfoot
