// Members of JSON objects.
#include "sim/report/json_fields.hpp"

#include <vector>

#include "sim/core/text.hpp"

namespace kvfoot {

Result<JsonFields> JsonFields::of(const JsonValue& value, std::string place) {
  const auto* object = value.get_if<JsonValue::Object>();
  if (object == nullptr) {
    return Error{std::move(place), "is " + std::string(value.kind()) + ", must be an object"};
  }
  return JsonFields(*object, std::move(place));
}

std::string JsonFields::place(std::string_view key) const {
  return place_ + "." + std::string(key);
}

Error JsonFields::wrong(std::string_view key, const JsonValue& value,
                        std::string_view expected) const {
  return Error{place(key),
               "is " + std::string(value.kind()) + ", must be " + std::string(expected)};
}

const JsonValue* JsonFields::optional(std::string_view key) {
  asked_.emplace(key);
  for (const auto& [name, value] : *object_) {
    if (name == key) {
      return &value;
    }
  }
  return nullptr;
}

Result<const JsonValue*> JsonFields::required(std::string_view key) {
  const JsonValue* value = optional(key);
  if (value == nullptr) {
    return Error{place_, "has no \"" + std::string(key) + "\"", "the file is cut or hand-edited"};
  }
  return value;
}

Result<std::string> JsonFields::text(std::string_view key) {
  KVFOOT_ASSIGN(const JsonValue* value, required(key));
  const auto* text = value->get_if<std::string>();
  return text != nullptr ? Result<std::string>(*text) : wrong(key, *value, "a string");
}

Result<std::int64_t> JsonFields::integer(std::string_view key, std::int64_t low,
                                         std::int64_t high) {
  KVFOOT_ASSIGN(const JsonValue* value, required(key));
  const auto* number = value->get_if<std::int64_t>();
  if (number == nullptr) {
    return wrong(key, *value, "an integer");
  }
  if (*number < low || *number > high) {
    return Error{place(key), std::to_string(*number) + " is outside " + std::to_string(low) +
                                 " to " + std::to_string(high)};
  }
  return *number;
}

Result<bool> JsonFields::boolean(std::string_view key) {
  KVFOOT_ASSIGN(const JsonValue* value, required(key));
  const bool* flag = value->get_if<bool>();
  return flag != nullptr ? Result<bool>(*flag) : wrong(key, *value, "true or false");
}

Status JsonFields::finish() const {
  for (const auto& [name, value] : *object_) {
    if (!asked_.contains(name)) {
      return Error{place(name), "unknown key",
                   suggestion(name, std::vector<std::string>(asked_.begin(), asked_.end()))};
    }
  }
  return {};
}

}  // namespace kvfoot
