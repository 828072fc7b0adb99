// Policies and their parameter axes.
#include "sim/scenario/policy_axis.hpp"

#include <map>
#include <string>
#include <utility>

#include "sim/scenario/count.hpp"

namespace kvfoot {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

std::int64_t count_values(const YamlNode& value) {
  if (value.kind == YamlNode::Kind::kList) {
    std::int64_t sum = 0;
    for (const YamlNode& item : value.items) {
      sum = saturating_add(sum, count_values(item));
    }
    return sum;
  }
  return value.kind == YamlNode::Kind::kMap ? count_policies(value) : 1;
}

class Expander {
 public:
  explicit Expander(const ScenarioSource& source) : source_(source) {}

  Status entry(const YamlNode& node, std::vector<PolicyEntry>& out) const {
    if (node.kind == YamlNode::Kind::kScalar) {
      Result<PolicySpec> spec = parse_policy(node.text);
      if (!spec) {
        return source_.error(node.line, spec.error());
      }
      out.push_back({*std::move(spec), node.line});
      return {};
    }
    if (node.kind != YamlNode::Kind::kMap || node.keys.size() != 1) {
      return source_.error(node.line, "a policy is a name or a map of one name",
                           "write '- full' or '- snapkv: {sparsity: 0.7}'");
    }
    const auto& [name, line] = node.keys.front();
    const YamlNode& params = node.items.front();
    if (params.kind == YamlNode::Kind::kNull) {
      return make(name, {}, line, out);
    }
    if (params.kind != YamlNode::Kind::kMap) {
      return source_.error(
          params.line,
          "parameters of " + name + " are " + std::string(params.kind_name()) + ", must be a map",
          "write '" + name + ": {key: value}'");
    }
    return cross(name, line, params, 0, {}, out);
  }

 private:
  Status cross(const std::string& name, int line, const YamlNode& params, std::size_t next,
               const Values& chosen, std::vector<PolicyEntry>& out) const {
    if (next == params.keys.size()) {
      return make(name, chosen, line, out);
    }
    const std::string& key = params.keys[next].first;
    KVFOOT_ASSIGN(const std::vector<std::string> values, texts(params.items[next], key));
    for (const std::string& value : values) {
      Values longer = chosen;
      longer.emplace_back(key, value);
      KVFOOT_TRY(cross(name, line, params, next + 1, longer, out));
    }
    return {};
  }

  Result<std::vector<std::string>> texts(const YamlNode& node, const std::string& key) const {
    KVFOOT_ASSIGN(const std::vector<const YamlNode*> items, axis_items(source_, node, key));
    std::vector<std::string> values;
    for (const YamlNode* item : items) {
      if (item->kind == YamlNode::Kind::kMap) {
        std::vector<PolicyEntry> inner;
        KVFOOT_TRY(entry(*item, inner));
        for (const PolicyEntry& policy : inner) {
          values.push_back(to_string(policy.spec));
        }
        continue;
      }
      KVFOOT_ASSIGN(std::string text, scalar_text(source_, *item, key));
      values.push_back(std::move(text));
    }
    return values;
  }

  Status make(const std::string& name, const Values& values, int line,
              std::vector<PolicyEntry>& out) const {
    Result<PolicySpec> spec = make_spec(name, values);
    if (!spec) {
      return source_.error(line, spec.error());
    }
    out.push_back({*std::move(spec), line});
    return {};
  }

  const ScenarioSource& source_;
};

}  // namespace

std::int64_t count_policies(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kList) {
    return count_values(node);
  }
  std::int64_t product = 1;
  if (node.kind == YamlNode::Kind::kMap) {
    for (const YamlNode& params : node.items) {
      for (const YamlNode& value : params.items) {
        product = saturating_multiply(product, count_values(value));
      }
    }
  }
  return product;
}

Result<std::vector<PolicyEntry>> read_policies(const ScenarioSource& source, const YamlNode& node) {
  KVFOOT_ASSIGN(const std::vector<const YamlNode*> items, axis_items(source, node, "policy"));
  const Expander expander(source);
  std::vector<PolicyEntry> entries;
  for (const YamlNode* item : items) {
    KVFOOT_TRY(expander.entry(*item, entries));
  }
  std::map<std::string, int> seen;
  for (const PolicyEntry& entry : entries) {
    const auto [known, fresh] = seen.emplace(to_string(entry.spec), entry.line);
    if (!fresh) {
      return source.error(entry.line, "policy '" + known->first + "' is given twice",
                          "the first is in line " + std::to_string(known->second));
    }
  }
  return entries;
}

}  // namespace kvfoot
