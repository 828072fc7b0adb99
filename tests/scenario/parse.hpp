// Parsing text without a disk, for the tests of this folder.
#pragma once

#include <string_view>

#include "sim/core/shape.hpp"
#include "sim/scenario/scenario.hpp"

namespace kvfoot {

inline ScenarioContext memory_context() {
  ScenarioContext context;
  context.resolve_shape = [](std::string_view name) { return builtin_shape(name); };
  context.read_file = [](const std::string& path) -> Result<std::string> {
    return Error{path, "no files here", ""};
  };
  return context;
}

inline Result<Scenario> parse(std::string_view text) {
  return parse_scenario(text, "s.yaml", memory_context());
}

}  // namespace kvfoot
