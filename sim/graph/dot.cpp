// Graphviz text of a pass graph.
#include "sim/core/text.hpp"
#include "sim/graph/pass_graph.hpp"

namespace kvfoot {
namespace {

// Operation counts with a decimal prefix: "13.4 GFLOP".
std::string format_flops(std::int64_t flops) {
  constexpr std::array<const char*, 6> kNames{"FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP"};
  auto tenths = flops * 10;
  std::size_t unit = 0;
  while (tenths >= 10'000 && unit + 1 < kNames.size()) {
    tenths /= 1000;
    ++unit;
  }
  return std::to_string(tenths / 10) + (unit == 0 ? "" : "." + std::to_string(tenths % 10)) + " " +
         kNames[unit];
}

const char* colour(RateClass rate) {
  switch (rate) {
    case RateClass::kMatmul:
      return "lightblue";
    case RateClass::kAttention:
      return "lightsalmon";
    case RateClass::kVector:
      return "lightgrey";
    case RateClass::kCopy:
      return "khaki";
  }
  return "white";
}

}  // namespace

std::string to_dot(const PassGraph& graph, std::string_view title) {
  std::string text = "digraph pass {\n  label=" + double_quoted(title) +
                     ";\n  labelloc=t;\n  node [shape=box, style=filled, fontname=sans];\n";
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    const Operator& op = graph.operators[i];
    text += "  o" + std::to_string(i) + " [label=\"" + label(op);
    if (op.work.flops > 0) {
      text += "\\n" + format_flops(op.work.flops);
    }
    text += "\\n" + format_bytes(op.work.bytes()) + "\", fillcolor=" + colour(op.rate) + "];\n";
  }
  for (const auto& [before, after] : graph.edges) {
    text += "  o" + std::to_string(before) + " -> o" + std::to_string(after) + ";\n";
  }
  return text + "}\n";
}

}  // namespace kvfoot
