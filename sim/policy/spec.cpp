// Policies as text: parsing, checking against descriptors, writing, making.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>

#include "sim/core/text.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/policy/spec_reader.hpp"

namespace kvfoot {
namespace {

constexpr std::size_t kMaxSpecLength = 4096;  // a typo should not be quoted by the megabyte

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 96;
  return "'" + std::string(text.substr(0, kShown)) + (text.size() > kShown ? "..." : "") + "'";
}

std::vector<std::string> policy_names() {
  std::vector<std::string> names;
  for (const PolicyDescriptor* policy : builtin_policies()) {
    names.emplace_back(policy->name);
  }
  return names;
}

std::vector<std::string> parameter_names(const PolicyDescriptor& policy) {
  std::vector<std::string> names;
  for (const ParamInfo& info : policy.params) {
    names.emplace_back(info.name);
  }
  return names;
}

const ParamInfo* find_parameter(const PolicyDescriptor& policy, std::string_view name) {
  const auto it = std::find_if(policy.params.begin(), policy.params.end(),
                               [&](const ParamInfo& info) { return info.name == name; });
  return it == policy.params.end() ? nullptr : &*it;
}

bool holds_policy(const PolicyDescriptor& policy) {
  return std::any_of(policy.params.begin(), policy.params.end(),
                     [](const ParamInfo& info) { return info.type == ParamType::kPolicy; });
}

bool bounded(const ParamInfo& info) { return info.min != 0 || info.max != 0; }

std::string number(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.15g", value);
  return buffer;
}

std::string allowed(const ParamInfo& info) {
  return bounded(info) ? "allowed: " + number(info.min) + " to " + number(info.max) : "";
}

// The value as it is kept, or what is wrong with it ("is 1.7").
struct Problem {
  std::string what;
  std::string hint;
};

std::optional<Problem> check_number(const ParamInfo& info, std::string_view text) {
  double value = 0;
  if (info.type == ParamType::kInt) {
    const auto parsed = parse_int(text);
    if (!parsed) {
      return Problem{"is " + in_quotes(text) + ", not a whole number", allowed(info)};
    }
    value = static_cast<double>(*parsed);
  } else if (info.type == ParamType::kDecimal) {
    const auto parsed = parse_decimal(text);
    if (!parsed) {
      return Problem{"is " + in_quotes(text) + ", not a decimal number", allowed(info)};
    }
    value = parsed->value();
  } else {
    const auto parsed = parse_bytes(text);
    if (!parsed) {
      return Problem{"is " + in_quotes(text) + ", not a size", "write for example 2GiB or 500MB"};
    }
    if (*parsed < 1) {
      return Problem{"is " + std::string(text), "give at least one byte"};
    }
    return std::nullopt;
  }
  if (bounded(info) && !(value >= info.min && value <= info.max)) {
    return Problem{"is " + std::string(text), allowed(info)};
  }
  return std::nullopt;
}

std::optional<Problem> check_word(const ParamInfo& info, std::string_view text) {
  const std::string_view choices =
      info.type == ParamType::kBool ? std::string_view("true|false") : info.choices;
  std::string known;
  for (const std::string_view word : split(choices, '|')) {
    if (word == text) {
      return std::nullopt;
    }
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  return Problem{"is " + in_quotes(text), "allowed: " + known};
}

std::optional<Problem> check_file(std::string_view text) {
  if (text.empty()) {
    return Problem{"names no file", ""};
  }
  if (text.find_first_of(",\n\r") != std::string_view::npos) {
    return Problem{"is " + in_quotes(text),
                   "a path in a policy cannot hold a comma or a line break"};
  }
  return std::nullopt;
}

Result<PolicySpec> checked_spec(std::string_view name,
                                std::span<const std::pair<std::string, std::string>> values,
                                const std::string& where);

// Replaces `value` by its canonical text, or says what is wrong.
Status check_value(const ParamInfo& info, std::string& value, const std::string& where);

Result<PolicySpec> parse(std::string_view whole, bool nested) {
  const std::string where = "policy " + in_quotes(whole);
  if (whole.size() > kMaxSpecLength) {
    return Error{where, "longer than " + std::to_string(kMaxSpecLength) + " characters"};
  }
  const std::string_view text = trim(whole);
  const std::size_t colon = text.find(':');
  const std::string_view name = trim(text.substr(0, colon));
  const PolicyDescriptor* policy = find_policy(name);
  if (policy == nullptr) {
    return Error{where, name.empty() ? "no policy named" : "unknown policy " + in_quotes(name),
                 suggestion(name, policy_names())};
  }
  if (nested && holds_policy(*policy)) {
    return Error{where, std::string(name) + " inside another policy",
                 "policies nest one level deep"};
  }
  std::vector<std::pair<std::string, std::string>> values;
  std::string_view left = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (colon != std::string_view::npos && trim(left).empty()) {
    return Error{where, "nothing follows the colon", "write NAME or NAME:key=value,key=value"};
  }
  while (!left.empty()) {
    const std::size_t equals = left.find('=');
    const std::size_t comma = left.find(',');
    if (equals == std::string_view::npos || comma < equals) {
      return Error{where, in_quotes(left.substr(0, comma)) + " is not key=value",
                   "write NAME:key=value,key=value"};
    }
    const std::string_view key = trim(left.substr(0, equals));
    const ParamInfo* info = find_parameter(*policy, key);
    // A policy inside a policy takes the rest of the text: its own commas are not ours.
    const bool takes_rest = info != nullptr && info->type == ParamType::kPolicy;
    const std::size_t end = takes_rest || comma == std::string_view::npos ? left.size() : comma;
    values.emplace_back(key, trim(left.substr(equals + 1, end - equals - 1)));
    if (end + 1 == left.size()) {
      return Error{where, "ends with a comma"};
    }
    left = end == left.size() ? std::string_view{} : left.substr(end + 1);
  }
  return checked_spec(name, values, where);
}

Status check_value(const ParamInfo& info, std::string& value, const std::string& where) {
  std::optional<Problem> problem;
  switch (info.type) {
    case ParamType::kInt:
    case ParamType::kDecimal:
    case ParamType::kBytes:
      problem = check_number(info, value);
      break;
    case ParamType::kChoice:
    case ParamType::kBool:
      problem = check_word(info, value);
      break;
    case ParamType::kFile:
      problem = check_file(value);
      break;
    case ParamType::kPolicy: {
      KVFOOT_ASSIGN(const PolicySpec inner, parse(value, true));
      value = to_string(inner);
      break;
    }
  }
  if (problem) {
    return Error{where, std::string(info.name) + " " + problem->what, problem->hint};
  }
  return {};
}

Status check_exclusions(const PolicyDescriptor& policy, const PolicySpec& spec,
                        const std::string& where) {
  for (const auto& [key, value] : spec.given) {
    const ParamInfo* info = find_parameter(policy, key);
    if (info->excludes.empty()) {
      continue;
    }
    for (const std::string_view other : split(info->excludes, '|')) {
      if (spec.find(other) != nullptr) {
        return Error{where, key + " and " + std::string(other) + " cannot be given together",
                     "they say the same thing in different ways: keep one"};
      }
    }
  }
  return {};
}

Result<PolicySpec> checked_spec(std::string_view name,
                                std::span<const std::pair<std::string, std::string>> values,
                                const std::string& where) {
  const PolicyDescriptor* policy = find_policy(name);
  if (policy == nullptr) {
    return Error{where, "unknown policy " + in_quotes(name), suggestion(name, policy_names())};
  }
  for (const auto& [key, value] : values) {
    if (find_parameter(*policy, key) == nullptr) {
      const auto known = parameter_names(*policy);
      return Error{
          where, "unknown parameter " + in_quotes(key) + " of " + std::string(name),
          known.empty() ? std::string(name) + " has no parameters" : suggestion(key, known)};
    }
  }
  PolicySpec spec{std::string(name), {}};
  for (const ParamInfo& info : policy->params) {
    for (const auto& [key, value] : values) {
      if (key != info.name) {
        continue;
      }
      if (spec.find(key) != nullptr) {
        return Error{where, key + " is given twice"};
      }
      std::string text = value;
      KVFOOT_TRY(check_value(info, text, where));
      spec.given.emplace_back(key, std::move(text));
    }
  }
  KVFOOT_TRY(check_exclusions(*policy, spec, where));
  return spec;
}

}  // namespace

const std::string* PolicySpec::find(std::string_view key) const {
  for (const auto& [name_given, value] : given) {
    if (name_given == key) {
      return &value;
    }
  }
  return nullptr;
}

const PolicyDescriptor* find_policy(std::string_view name) {
  for (const PolicyDescriptor* policy : builtin_policies()) {
    if (policy->name == name) {
      return policy;
    }
  }
  return nullptr;
}

Result<PolicySpec> parse_policy(std::string_view text) { return parse(text, false); }

Result<PolicySpec> make_spec(std::string_view name,
                             std::span<const std::pair<std::string, std::string>> values) {
  return checked_spec(name, values, "policy " + in_quotes(name));
}

std::string to_string(const PolicySpec& spec) {
  std::string text = spec.name;
  char separator = ':';
  for (const auto& [key, value] : spec.given) {
    text += separator + key + "=" + value;
    separator = ',';
  }
  return text;
}

std::string to_string_full(const PolicySpec& spec) {
  const PolicyDescriptor* policy = find_policy(spec.name);
  if (policy == nullptr) {
    return to_string(spec);
  }
  PolicySpec full{spec.name, {}};
  for (const ParamInfo& info : policy->params) {
    if (auto text = value_text(spec, info)) {
      if (info.type == ParamType::kPolicy) {
        if (const auto inner = parse(*text, true); inner.ok()) {
          text = to_string_full(*inner);
        }
      }
      full.given.emplace_back(info.name, *std::move(text));
    }
  }
  return to_string(full);
}

Result<std::unique_ptr<const Policy>> make_policy(const PolicySpec& spec,
                                                  const PolicyContext& context) {
  // A spec may have been put together by hand: check it like any other.
  KVFOOT_ASSIGN(const PolicySpec checked, make_spec(spec.name, spec.given));
  return find_policy(checked.name)->make(checked, context);
}

}  // namespace kvfoot
