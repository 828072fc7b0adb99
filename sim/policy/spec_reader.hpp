// Typed access to the parameters of a checked PolicySpec, defaults included.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/core/text.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot {

// The text that holds for `info` in `spec`: what was given, else the default unless an excluded
// parameter was given, else nothing.
[[nodiscard]] std::optional<std::string> value_text(const PolicySpec& spec, const ParamInfo& info);

// For make functions. The spec has passed the checks of make_spec, so values convert; asking for a
// parameter that the descriptor does not have, or that has no value, is a bug.
class SpecReader {
 public:
  SpecReader(const PolicyDescriptor& descriptor, const PolicySpec& spec)
      : descriptor_(descriptor), spec_(spec) {}

  [[nodiscard]] bool has(std::string_view key) const { return lookup(key).has_value(); }
  [[nodiscard]] bool given(std::string_view key) const { return spec_.find(key) != nullptr; }
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] Decimal decimal(std::string_view key) const;
  [[nodiscard]] std::int64_t bytes(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key) const { return text(key) == "true"; }
  // An error about one parameter of this policy.
  [[nodiscard]] Error error(std::string what, std::string hint = {}) const;

 private:
  [[nodiscard]] std::optional<std::string> lookup(std::string_view key) const;

  const PolicyDescriptor& descriptor_;
  const PolicySpec& spec_;
};

}  // namespace kvfoot
