// Reads parameters that have been checked before.
#include "sim/policy/spec_reader.hpp"

#include <utility>

namespace kvfoot {

std::optional<std::string> value_text(const PolicySpec& spec, const ParamInfo& info) {
  if (const std::string* given = spec.find(info.name)) {
    return *given;
  }
  if (info.default_text.empty()) {
    return std::nullopt;
  }
  if (!info.excludes.empty()) {
    for (const std::string_view other : split(info.excludes, '|')) {
      if (spec.find(other) != nullptr) {
        return std::nullopt;
      }
    }
  }
  return std::string(info.default_text);
}

std::optional<std::string> SpecReader::lookup(std::string_view key) const {
  for (const ParamInfo& info : descriptor_.params) {
    if (info.name == key) {
      return value_text(spec_, info);
    }
  }
  KVFOOT_CHECK(false, std::string(descriptor_.name) + " has no parameter " + std::string(key));
  return std::nullopt;
}

std::string SpecReader::text(std::string_view key) const {
  auto value = lookup(key);
  KVFOOT_CHECK(value.has_value(), std::string(key) + " has no value");
  return *std::move(value);
}

std::int64_t SpecReader::integer(std::string_view key) const {
  const auto value = parse_int(text(key));
  KVFOOT_CHECK(value.has_value(), std::string(key));
  return *value;
}

Decimal SpecReader::decimal(std::string_view key) const {
  const auto value = parse_decimal(text(key));
  KVFOOT_CHECK(value.has_value(), std::string(key));
  return *value;
}

std::int64_t SpecReader::bytes(std::string_view key) const {
  const auto value = parse_bytes(text(key));
  KVFOOT_CHECK(value.ok(), std::string(key));
  return *value;
}

Error SpecReader::error(std::string what, std::string hint) const {
  return Error{"policy '" + to_string(spec_) + "'", std::move(what), std::move(hint)};
}

}  // namespace kvfoot
