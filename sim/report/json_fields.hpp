// Taking the members of a JSON object one by one, with errors that name the member.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "sim/core/result.hpp"
#include "sim/io/json.hpp"

namespace kvfoot {

// Reads members of one object; finish() refuses those that nobody asked for. `place` is the source
// and the path to the object, "r.json: inputs".
class JsonFields {
 public:
  [[nodiscard]] static Result<JsonFields> of(const JsonValue& value, std::string place);

  [[nodiscard]] const JsonValue* optional(std::string_view key);
  [[nodiscard]] Result<const JsonValue*> required(std::string_view key);
  [[nodiscard]] Result<std::string> text(std::string_view key);
  [[nodiscard]] Result<std::int64_t> integer(std::string_view key, std::int64_t low,
                                             std::int64_t high);
  [[nodiscard]] Result<bool> boolean(std::string_view key);
  [[nodiscard]] Status finish() const;

  [[nodiscard]] std::string place(std::string_view key) const;
  [[nodiscard]] Error wrong(std::string_view key, const JsonValue& value,
                            std::string_view expected) const;

 private:
  JsonFields(const JsonValue::Object& object, std::string place)
      : object_(&object), place_(std::move(place)) {}
  const JsonValue::Object* object_;
  std::string place_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace kvfoot
