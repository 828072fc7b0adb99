// The table of a policy's parameters as docs/policies.md shows it.
#pragma once

#include <string>

#include "sim/policy/descriptor.hpp"

namespace kvfoot::test {

inline std::string escape_bars(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  }
  return escaped;
}

inline std::string parameter_table(const PolicyDescriptor& policy) {
  std::string text = "| parameter | default | meaning |\n|---|---|---|\n";
  for (const ParamInfo& info : policy.params) {
    const std::string choices = info.choices.empty() ? "" : " (" + escape_bars(info.choices) + ")";
    text += "| `" + std::string(info.name) + "` | " +
            (info.default_text.empty() ? "" : "`" + std::string(info.default_text) + "`") + " | " +
            escape_bars(info.help) + choices + " |\n";
  }
  return policy.params.empty() ? "" : text;
}

}  // namespace kvfoot::test
