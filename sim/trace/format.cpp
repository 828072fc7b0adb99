// Names of fidelities.
#include "sim/trace/format.hpp"

namespace kvfoot {

std::string_view to_string(TraceFidelity fidelity) {
  return fidelity == TraceFidelity::kRows ? "rows" : "blocks";
}

Result<TraceFidelity> parse_fidelity(std::string_view text) {
  if (text == "rows") {
    return TraceFidelity::kRows;
  }
  if (text == "blocks") {
    return TraceFidelity::kBlocks;
  }
  return Error{"fidelity", "'" + std::string(text) + "' is unknown", "known: rows, blocks"};
}

}  // namespace kvfoot
