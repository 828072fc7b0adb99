// A pass in text: its graph, its Gantt chart, its peak.
#include <algorithm>
#include <array>

#include "sim/core/text.hpp"
#include "sim/engine/cost_model.hpp"
#include "sim/engine/pass_loads.hpp"
#include "sim/report/table.hpp"
#include "sim/report/units.hpp"
#include "sim/run/schedule_export.hpp"

namespace kvfoot {
namespace {

Status check_pass(const RunLengths& run, std::int64_t pass) {
  if (pass < 0 || pass >= run.passes()) {
    return Error{"pass", std::to_string(pass) + " does not exist",
                 "the run has passes 0 to " + std::to_string(run.passes() - 1)};
  }
  return {};
}

// Durations of the operators of a pass, as the clock takes them.
struct TimedGraph {
  PassGraph graph;
  std::vector<std::int64_t> ns;
  std::int64_t compute_ns = 0;
};

TimedGraph timed_graph(const ClockRequest& request, std::int64_t pass) {
  PassLoads loads(request);
  const CostModel cost(request.device, request.model.dtype);
  TimedGraph timed;
  timed.graph = build_pass_graph(request.model, loads.at(pass));
  for (const Operator& op : timed.graph.operators) {
    timed.ns.push_back(cost.duration_ns(op.rate, op.work));
    timed.compute_ns += op.resource == Resource::kCompute ? timed.ns.back() : 0;
  }
  return timed;
}

std::string nanoseconds(std::int64_t ns) { return format_seconds(static_cast<double>(ns) / 1e9); }

std::string share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "" : format_percent(static_cast<double>(part) / static_cast<double>(whole));
}

// What the arithmetic and the traffic of an operator would take alone.
std::string bound_by(const Operator& op, std::int64_t ns, const CostModel& cost,
                     std::int64_t launch_ns) {
  if (op.resource == Resource::kCopy) {
    return "copy";
  }
  if (2 * launch_ns > ns) {
    return "launch";
  }
  const Work only_memory{0, op.work.read, op.work.written};
  const Work only_compute{op.work.flops, 0, 0};
  return cost.duration_ns(op.rate, only_memory) >= cost.duration_ns(op.rate, only_compute)
             ? "memory"
             : "compute";
}

std::string kinds_table(const ClockRequest& request, const TimedGraph& timed) {
  struct Sum {
    std::int64_t count = 0, ns = 0;
    const Operator* longest = nullptr;
    std::int64_t longest_ns = 0;
    Work work;
  };
  std::array<Sum, kOperatorKinds> sums{};
  for (std::size_t i = 0; i < timed.ns.size(); ++i) {
    const Operator& op = timed.graph.operators[i];
    Sum& sum = sums[static_cast<std::size_t>(op.kind)];
    ++sum.count;
    sum.ns += timed.ns[i];
    sum.work.flops += op.work.flops;
    sum.work.read += op.work.bytes();
    if (sum.longest == nullptr || timed.ns[i] > sum.longest_ns) {
      sum.longest = &op;
      sum.longest_ns = timed.ns[i];
    }
  }
  const CostModel cost(request.device, request.model.dtype);
  Table table;
  table.columns = {{"operator", false}, {"count", true}, {"time", true},     {"share", true},
                   {"TFLOP", true},     {"bytes", true}, {"bound by", false}};
  for (std::size_t kind = 0; kind < kOperatorKinds; ++kind) {
    const Sum& sum = sums[kind];
    if (sum.count > 0) {
      const bool copy = sum.longest->resource == Resource::kCopy;
      table.rows.push_back(
          {std::string(to_string(static_cast<OperatorKind>(kind))), std::to_string(sum.count),
           nanoseconds(sum.ns), copy ? "" : share(sum.ns, timed.compute_ns),
           format_fixed(static_cast<double>(sum.work.flops) / 1e12, 3),
           format_bytes(sum.work.bytes()),
           bound_by(*sum.longest, sum.longest_ns, cost, request.device.launch_ns)});
    }
  }
  return table_to_text(table);
}

// Bars of the operators of one layer, from its first to its last.
std::string layer_chart(const TimedGraph& timed, std::int32_t layer) {
  constexpr std::int64_t kWidth = 60;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < timed.ns.size(); ++i) {
    total += timed.graph.operators[i].layer == layer ? timed.ns[i] : 0;
  }
  std::string text =
      "\nlayer " + std::to_string(layer) + ", " + nanoseconds(total) + " from edge to edge\n";
  std::int64_t start = 0;
  for (std::size_t i = 0; i < timed.ns.size(); ++i) {
    const Operator& op = timed.graph.operators[i];
    if (op.layer != layer) {
      continue;
    }
    const std::int64_t end = start + timed.ns[i];
    const auto column = [&](std::int64_t at) {
      return total == 0 ? 0
                        : static_cast<std::int64_t>(static_cast<double>(at) /
                                                    static_cast<double>(total) * kWidth);
    };
    const std::int64_t from = std::min(column(start), kWidth - 1);
    const std::int64_t to = std::max(from + 1, column(end));
    std::string line = "  " + std::string(to_string(op.kind));
    line.resize(15, ' ');
    line += '|' + std::string(static_cast<std::size_t>(from), ' ') +
            std::string(static_cast<std::size_t>(to - from), '#');
    line.resize(static_cast<std::size_t>(16 + kWidth), ' ');
    text += line + "| " + nanoseconds(timed.ns[i]) + "\n";
    start = end;
  }
  return text;
}

std::string_view memory_word(MemoryClass memory) {
  return memory == MemoryClass::kKv           ? "KV"
         : memory == MemoryClass::kActivation ? "activations"
                                              : to_string(memory);
}

}  // namespace

std::int64_t default_pass(const RunLengths& run) {
  return std::max<std::int64_t>(0, run.prefill_passes() - 1);
}

std::string pass_title(const ClockRequest& request, std::int64_t pass) {
  const Pass at = pass_at(request.profile->run(), pass, request.policy->patch_window());
  if (at.phase == Phase::kDecode) {
    return "decode pass " + std::to_string(pass) + ", row " + std::to_string(at.begin);
  }
  return "prefill pass " + std::to_string(pass) + ", rows " + std::to_string(at.begin) + " to " +
         std::to_string(at.end - 1) +
         (at.patch_rows > 0 ? " and " + std::to_string(at.patch_rows) + " patch rows" : "");
}

Result<std::string> pass_to_dot(const ClockRequest& request, std::int64_t pass) {
  KVFOOT_TRY(check_pass(request.profile->run(), pass));
  PassLoads loads(request);
  return to_dot(build_pass_graph(request.model, loads.at(pass)),
                request.model.shape.name + ", " + pass_title(request, pass));
}

Result<std::string> pass_to_gantt(const ClockRequest& request, std::int64_t pass) {
  KVFOOT_TRY(check_pass(request.profile->run(), pass));
  const TimedGraph timed = timed_graph(request, pass);
  const CriticalPath path = critical_path(timed.graph, timed.ns);
  return pass_title(request, pass) + " on " + request.device.name + ": " +
         nanoseconds(timed.compute_ns) + " of operators, critical path " +
         nanoseconds(path.length) + "\n\n" + kinds_table(request, timed) + layer_chart(timed, 0);
}

std::string peak_text(const ClockRequest& request, const MemoryPeak& peak) {
  std::string text =
      "Peak memory in " + pass_title(request, peak.pass) + ", " + std::string(to_string(peak.kind));
  text += peak.layer == kBoundary ? ": " : " of layer " + std::to_string(peak.layer) + ": ";
  std::array<std::size_t, kMemoryClasses> order{};
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return peak.bytes.of[i]; });
  std::string parts;
  for (const std::size_t i : order) {
    if (peak.bytes.of[i] > 0) {
      parts += (parts.empty() ? "" : ", ") +
               format_fixed(100.0 * static_cast<double>(peak.bytes.of[i]) /
                                static_cast<double>(peak.bytes.total()),
                            1) +
               " % " + std::string(memory_word(static_cast<MemoryClass>(i)));
    }
  }
  return text + parts;
}

}  // namespace kvfoot
