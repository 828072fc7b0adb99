// Parameters given, taken back and carried over.
#include "gui/model/policy_fields.hpp"

#include <algorithm>

#include "sim/core/text.hpp"
#include "sim/run/replay.hpp"

namespace kvfoot::gui {
namespace {

bool excludes(const ParamInfo& info, std::string_view other) {
  const auto names = split(info.excludes, '|');
  return std::ranges::find(names, other) != names.end();
}

bool means_the_same(const ParamInfo& a, const ParamInfo& b) {
  return a.type == b.type && a.min == b.min && a.max == b.max && a.choices == b.choices;
}

ModelShape small_shape() {
  return ModelShape{.name = "small",
                    .layers = 2,
                    .q_heads = 4,
                    .kv_heads = 2,
                    .head_dim = 8,
                    .hidden = 32,
                    .ffn = 64,
                    .vocab = 64};
}

bool counts_on_a_shape(const PolicyDescriptor& policy) {
  constexpr std::int64_t kPrompt = 64;
  ReplayRequest request;
  request.shape = small_shape();
  request.prompt = kPrompt;
  request.output = 2;
  request.chunk = 16;
  const auto counts = [&](Result<PolicySpec> spec) {
    if (!spec) {
      return false;
    }
    request.policy = std::move(*spec);
    return replay(request).ok();
  };
  return counts(PolicySpec{std::string(policy.name), {}}) ||
         (policy.example != nullptr && counts(parse_policy(policy.example(kPrompt))));
}

}  // namespace

const ParamInfo* find_parameter(const PolicyDescriptor* policy, std::string_view name) {
  if (policy == nullptr) {
    return nullptr;
  }
  const auto at = std::ranges::find(policy->params, name, &ParamInfo::name);
  return at == policy->params.end() ? nullptr : &*at;
}

Result<PolicySpec> with_parameter(const PolicySpec& spec, std::string_view name,
                                  const std::string& value) {
  const PolicyDescriptor* policy = find_policy(spec.name);
  const ParamInfo* info = find_parameter(policy, name);
  const auto gives_way = [&](std::string_view other) {
    const ParamInfo* theirs = find_parameter(policy, other);
    return other == name || (!value.empty() && info != nullptr && theirs != nullptr &&
                             (excludes(*info, other) || excludes(*theirs, name)));
  };
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& given : spec.given) {
    if (!gives_way(given.first)) {
      values.push_back(given);
    }
  }
  if (!value.empty()) {
    values.emplace_back(name, value);
  }
  return make_spec(spec.name, values);
}

std::string short_message(const Error& error) {
  return error.hint.empty() ? error.what : error.what + "; " + error.hint;
}

Status check_given(const PolicySpec& spec) {
  bool asks_a_file = false;
  PolicyContext context{small_shape(), {.prompt = 1 << 20}};
  context.read_file = [&](const std::string& path) -> Result<std::string> {
    asks_a_file = true;
    return Error{path, "is not read here"};
  };
  const auto policy = make_policy(spec, context);
  return policy || asks_a_file ? Status() : Status(policy.error());
}

void PolicyMemory::remember(const PolicySpec& spec) { last_[spec.name] = spec; }

PolicySpec PolicyMemory::switched(const PolicySpec& from, std::string_view name) const {
  const auto known = last_.find(name);
  PolicySpec spec = known == last_.end() ? PolicySpec{std::string(name), {}} : known->second;
  const PolicyDescriptor* here = find_policy(from.name);
  const PolicyDescriptor* there = find_policy(name);
  for (const auto& [key, value] : from.given) {
    const ParamInfo* mine = find_parameter(here, key);
    const ParamInfo* theirs = find_parameter(there, key);
    if (mine == nullptr || theirs == nullptr || !means_the_same(*mine, *theirs)) {
      continue;
    }
    if (auto next = with_parameter(spec, key, value)) {
      spec = std::move(*next);
    }
  }
  // A policy that cannot be without a share starts at a half rather than with an error.
  if (find_parameter(there, "sparsity") != nullptr && !check_given(spec)) {
    if (auto next = with_parameter(spec, "sparsity", "0.5"); next && check_given(*next)) {
      spec = std::move(*next);
    }
  }
  return spec;
}

bool needs_trace(const PolicyDescriptor& policy) {
  static std::map<std::string, bool, std::less<>> known;
  const auto at = known.find(policy.name);
  if (at != known.end()) {
    return at->second;
  }
  return known[std::string(policy.name)] = !counts_on_a_shape(policy);
}

}  // namespace kvfoot::gui
