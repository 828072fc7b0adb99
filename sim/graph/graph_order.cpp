// Orders, longest paths, residency and checks over a pass graph.
#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/topological_sort.hpp>
#include <iterator>
#include <queue>

#include "sim/core/check.hpp"
#include "sim/graph/pass_graph.hpp"

namespace kvfoot {
namespace {

using BoostGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

BoostGraph boost_graph(const PassGraph& graph) {
  BoostGraph made(graph.operators.size());
  for (const auto& [before, after] : graph.edges) {
    boost::add_edge(static_cast<std::size_t>(before), static_cast<std::size_t>(after), made);
  }
  return made;
}

Error graph_error(const std::string& where, const std::string& what) {
  return Error{"operator graph: " + where, what};
}

std::string label_of(const Tensor& tensor) {
  const std::string name(tensor.name);
  return tensor.layer == kBoundary ? name : "L" + std::to_string(tensor.layer) + " " + name;
}

}  // namespace

std::vector<std::int32_t> topological_order(const PassGraph& graph) {
  const BoostGraph made = boost_graph(graph);
  // boost::topological_sort knows no preference among what is ready; the heap prefers issue order.
  std::vector<std::size_t> waits(graph.operators.size());
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < waits.size(); ++i) {
    waits[i] = boost::in_degree(i, made);
    if (waits[i] == 0) {
      ready.push(i);
    }
  }
  std::vector<std::int32_t> order;
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    order.push_back(static_cast<std::int32_t>(next));
    const auto [begin, end] = boost::adjacent_vertices(next, made);
    for (auto after = begin; after != end; ++after) {
      if (--waits[*after] == 0) {
        ready.push(*after);
      }
    }
  }
  KVFOOT_CHECK(order.size() == graph.operators.size(), "the graph of a pass has no cycle");
  return order;
}

CriticalPath critical_path(const PassGraph& graph, std::span<const std::int64_t> durations) {
  KVFOOT_CHECK(durations.size() == graph.operators.size(), "one duration per operator");
  const BoostGraph made = boost_graph(graph);
  std::vector<std::size_t> order;
  boost::topological_sort(made, std::back_inserter(order));
  std::vector<std::int64_t> end(durations.size(), 0);
  std::vector<std::int32_t> from(durations.size(), kBoundary);
  CriticalPath path;
  std::int32_t last = kBoundary;
  std::reverse(order.begin(), order.end());  // Boost gives the last first
  for (const std::size_t at : order) {
    std::int64_t start = 0;
    const auto [begin, stop] = boost::in_edges(at, made);
    for (auto edge = begin; edge != stop; ++edge) {
      const std::size_t before = boost::source(*edge, made);
      if (from[at] == kBoundary || end[before] > start) {
        start = end[before];
        from[at] = static_cast<std::int32_t>(before);
      }
    }
    end[at] = start + durations[at];
    if (last == kBoundary || end[at] > path.length) {
      path.length = end[at];
      last = static_cast<std::int32_t>(at);
    }
  }
  for (std::int32_t op = last; op != kBoundary; op = from[static_cast<std::size_t>(op)]) {
    path.operators.push_back(op);
  }
  std::reverse(path.operators.begin(), path.operators.end());
  return path;
}

std::vector<MemoryBytes> residency(const PassGraph& graph, std::span<const std::int32_t> order) {
  MemoryBytes held;
  for (const Tensor& tensor : graph.tensors) {
    if (tensor.creator == kBoundary) {
      held[tensor.memory] += tensor.bytes;
    }
  }
  std::vector<MemoryBytes> during;
  for (const std::int32_t index : order) {
    const Operator& op = graph.operators[static_cast<std::size_t>(index)];
    for (const std::int32_t made : op.creates) {
      const Tensor& tensor = graph.tensors[static_cast<std::size_t>(made)];
      held[tensor.memory] += tensor.bytes;
    }
    during.push_back(held);
    for (const std::int32_t freed : op.frees) {
      const Tensor& tensor = graph.tensors[static_cast<std::size_t>(freed)];
      held[tensor.memory] -= tensor.bytes;
    }
  }
  return during;
}

Status check_graph(const PassGraph& graph) {
  std::vector<int> created(graph.tensors.size(), 0);
  std::vector<int> freed(graph.tensors.size(), 0);
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
    const Tensor& tensor = graph.tensors[t];
    if (tensor.bytes < 0) {
      return graph_error(label_of(tensor), "has a negative size");
    }
    created[t] = tensor.creator == kBoundary ? 1 : 0;
  }
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    const Operator& op = graph.operators[i];
    for (const std::int32_t made : op.creates) {
      const auto t = static_cast<std::size_t>(made);
      if (++created[t] != 1 || graph.tensors[t].creator != static_cast<std::int32_t>(i)) {
        return graph_error(label_of(graph.tensors[t]), "is created twice");
      }
    }
    for (const auto* list : {&op.reads, &op.updates}) {
      for (const std::int32_t used : *list) {
        const auto t = static_cast<std::size_t>(used);
        if (created[t] == 0 || freed[t] != 0) {
          return graph_error(label_of(graph.tensors[t]),
                             "is used by " + label(op) +
                                 (freed[t] != 0 ? " after it was freed" : " before it exists"));
        }
      }
    }
    for (const std::int32_t gone : op.frees) {
      const auto t = static_cast<std::size_t>(gone);
      if (++freed[t] != 1 || graph.tensors[t].last_user != static_cast<std::int32_t>(i)) {
        return graph_error(label_of(graph.tensors[t]), "is freed twice");
      }
    }
  }
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
    const bool outlives = graph.tensors[t].last_user == kBoundary;
    if (created[t] != 1 || freed[t] != (outlives ? 0 : 1)) {
      return graph_error(label_of(graph.tensors[t]), "is not created and freed once");
    }
  }
  for (const auto& [before, after] : graph.edges) {
    if (before >= after) {
      return graph_error(label(graph.operators[static_cast<std::size_t>(before)]),
                         "depends on what is issued after it");
    }
  }
  return {};
}

}  // namespace kvfoot
