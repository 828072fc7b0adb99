// Specs of every policy of the build, made from descriptors alone, so that a new policy is covered
// without an edit here.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/text.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot::test {

// `spec` with one parameter set and those that it excludes taken away; nothing if it is refused.
inline void push_variant(const PolicyDescriptor& policy, const PolicySpec& spec,
                         const ParamInfo& info, const std::string& value,
                         std::vector<PolicySpec>& out) {
  std::vector<std::pair<std::string, std::string>> values;
  const auto excluded = split(info.excludes, '|');
  for (const auto& [key, text] : spec.given) {
    if (key != info.name && std::find(excluded.begin(), excluded.end(), key) == excluded.end()) {
      values.emplace_back(key, text);
    }
  }
  values.emplace_back(info.name, value);
  if (auto made = make_spec(policy.name, values); made.ok()) {
    out.push_back(*std::move(made));
  }
}

// The example for prompts of this length, and it with each parameter at each choice, at its ends
// and at a few sizes in between.
inline std::vector<PolicySpec> variants(const PolicyDescriptor& policy, std::int64_t prompt) {
  const PolicySpec base = parse_policy(policy.example(prompt)).value();
  std::vector<PolicySpec> out = {base};
  for (const ParamInfo& info : policy.params) {
    std::vector<std::string> values;
    switch (info.type) {
      case ParamType::kInt:
        for (const std::int64_t value :
             {std::int64_t{0}, std::int64_t{1}, std::int64_t{3}, prompt / 2, prompt, 4 * prompt}) {
          values.push_back(std::to_string(value));
        }
        break;
      case ParamType::kDecimal:
        values = {"0", "0.25", "0.7", "0.9", "1"};
        break;
      case ParamType::kBytes:
        values = {"4kB", "1MiB"};
        break;
      case ParamType::kChoice:
      case ParamType::kBool:
        for (const std::string_view word :
             split(info.type == ParamType::kBool ? "true|false" : info.choices, '|')) {
          values.emplace_back(word);
        }
        break;
      case ParamType::kFile:
        break;
      case ParamType::kPolicy:
        for (const PolicyDescriptor* other : builtin_policies()) {
          values.push_back(other->example(prompt));
        }
        break;
    }
    for (const std::string& value : values) {
      push_variant(policy, base, info, value, out);
    }
  }
  return out;
}

inline std::vector<PolicySpec> all_variants(std::int64_t prompt) {
  std::vector<PolicySpec> out;
  for (const PolicyDescriptor* policy : builtin_policies()) {
    for (PolicySpec& spec : variants(*policy, prompt)) {
      out.push_back(std::move(spec));
    }
  }
  return out;
}

}  // namespace kvfoot::test
