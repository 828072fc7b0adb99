// Typed access to the fields of a JSON object with errors that name file and field (private to
// executor/model).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "executor/model/json_text.hpp"

namespace kvfoot::model {

// A view of one object; `prefix` is put before field names in errors ("rope_scaling.").
class Fields {
 public:
  Fields(const Json& object, std::string_view where, std::string_view prefix = "")
      : object_(&object), where_(where), prefix_(prefix) {}

  // Null when absent or JSON null, which Hugging Face uses alike.
  const Json* find(std::string_view name) const;

  Result<std::int64_t> integer(std::string_view name, std::int64_t low, std::int64_t high) const;
  Result<std::int64_t> integer_or(std::string_view name, std::int64_t low, std::int64_t high,
                                  std::int64_t fallback) const;
  // Finite numbers, integers included.
  Result<double> number(std::string_view name, double low, double high) const;
  Result<double> number_or(std::string_view name, double low, double high, double fallback) const;
  Result<bool> boolean_or(std::string_view name, bool fallback) const;
  Result<std::optional<std::string>> text(std::string_view name) const;

  Error wrong(std::string_view name, std::string what, std::string hint = "") const;

 private:
  const Json* object_;
  std::string where_;
  std::string prefix_;
};

}  // namespace kvfoot::model
