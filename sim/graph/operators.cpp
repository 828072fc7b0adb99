// Names of operators, resources and memory classes.
#include "sim/graph/operators.hpp"

#include <array>

namespace kvfoot {

std::string_view to_string(OperatorKind kind) {
  constexpr std::array<std::string_view, kOperatorKinds> kNames{
      "upload", "embed", "norm",       "qkv",    "rope_append", "attention",
      "score",  "evict", "quantise",   "output", "mlp_norm",    "gate_up",
      "swiglu", "down",  "final_norm", "logits", "sample",      "download"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(Resource resource) {
  return resource == Resource::kCompute ? "compute" : "copy";
}

}  // namespace kvfoot
