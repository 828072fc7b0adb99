// Typed access to the fields of a JSON object.
#include "executor/model/json_fields.hpp"

#include <cmath>
#include <sstream>

namespace kvfoot::model {

namespace {

std::string number_text(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

const Json* Fields::find(std::string_view name) const {
  const auto it = object_->find(name);
  return it == object_->end() || it->is_null() ? nullptr : &*it;
}

Error Fields::wrong(std::string_view name, std::string what, std::string hint) const {
  return Error{where_ + ": " + prefix_ + std::string(name), std::move(what), std::move(hint)};
}

Result<std::int64_t> Fields::integer(std::string_view name, std::int64_t low,
                                     std::int64_t high) const {
  const Json* value = find(name);
  if (value == nullptr) {
    return wrong(name, "the field is missing");
  }
  if (!value->is_number_integer()) {
    return wrong(name, "must be an integer, found " + std::string(type_word(*value)));
  }
  // Unsigned values above the signed range would wrap in get<int64_t>.
  const bool huge = value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX;
  const std::int64_t number = huge ? INT64_MAX : value->get<std::int64_t>();
  if (huge || number < low || number > high) {
    return wrong(name, "is " + value->dump() + ", must be from " + std::to_string(low) + " to " +
                           std::to_string(high));
  }
  return number;
}

Result<std::int64_t> Fields::integer_or(std::string_view name, std::int64_t low, std::int64_t high,
                                        std::int64_t fallback) const {
  if (find(name) == nullptr) {
    return fallback;
  }
  return integer(name, low, high);
}

Result<double> Fields::number(std::string_view name, double low, double high) const {
  const Json* value = find(name);
  if (value == nullptr) {
    return wrong(name, "the field is missing");
  }
  if (!value->is_number()) {
    return wrong(name, "must be a number, found " + std::string(type_word(*value)));
  }
  const double number = value->get<double>();
  if (!std::isfinite(number) || number < low || number > high) {
    return wrong(name, "is " + value->dump() + ", must be from " + number_text(low) + " to " +
                           number_text(high));
  }
  return number;
}

Result<double> Fields::number_or(std::string_view name, double low, double high,
                                 double fallback) const {
  if (find(name) == nullptr) {
    return fallback;
  }
  return number(name, low, high);
}

Result<bool> Fields::boolean_or(std::string_view name, bool fallback) const {
  const Json* value = find(name);
  if (value == nullptr) {
    return fallback;
  }
  if (!value->is_boolean()) {
    return wrong(name, "must be true or false, found " + std::string(type_word(*value)));
  }
  return value->get<bool>();
}

Result<std::optional<std::string>> Fields::text(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) {
    return std::optional<std::string>{};
  }
  if (!value->is_string()) {
    return wrong(name, "must be a string, found " + std::string(type_word(*value)));
  }
  return std::optional<std::string>(value->get<std::string>());
}

}  // namespace kvfoot::model
