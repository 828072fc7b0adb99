// Reading scalars, lists and maps with errors that name the line.
#include "sim/scenario/axes.hpp"

#include "sim/core/text.hpp"

namespace kvfoot {

Error ScenarioSource::error(int line, std::string what, std::string hint) const {
  return Error{file_ + ":" + std::to_string(line), std::move(what), std::move(hint)};
}

Error ScenarioSource::error(int line, const Error& inner) const {
  std::string what = inner.where.empty() ? inner.what : inner.where + ": " + inner.what;
  Error outer = error(line, std::move(what), inner.hint);
  outer.kind = inner.kind;
  return outer;
}

Result<ScenarioMap> ScenarioMap::of(const ScenarioSource& source, const YamlNode& node,
                                    std::string_view name) {
  if (node.kind != YamlNode::Kind::kMap) {
    return source.error(
        node.line, std::string(name) + " is " + std::string(node.kind_name()) + ", must be a map",
        "write 'key: value' lines");
  }
  return ScenarioMap(source, node, name);
}

const YamlNode* ScenarioMap::get(std::string_view key) {
  asked_.emplace(key);
  return node_->find(key);
}

Status ScenarioMap::finish() const {
  for (const auto& [key, line] : node_->keys) {
    if (!asked_.contains(key)) {
      return source_->error(
          line, "unknown key '" + key + "' in " + name_,
          suggestion(key, std::vector<std::string>(asked_.begin(), asked_.end())));
    }
  }
  return {};
}

Result<std::string> scalar_text(const ScenarioSource& source, const YamlNode& node,
                                std::string_view key) {
  if (node.kind != YamlNode::Kind::kScalar) {
    return source.error(node.line, std::string(key) + " is " + std::string(node.kind_name()) +
                                       ", must be a single value");
  }
  return node.text;
}

Result<std::vector<const YamlNode*>> axis_items(const ScenarioSource& source, const YamlNode& node,
                                                std::string_view key) {
  if (node.kind != YamlNode::Kind::kList) {
    return std::vector<const YamlNode*>{&node};
  }
  if (node.items.empty()) {
    return source.error(node.line, std::string(key) + " is an empty list",
                        "a list is an axis: give at least one value");
  }
  if (node.items.size() > kMaxAxisValues) {
    return source.error(
        node.line, std::string(key) + " lists " + std::to_string(node.items.size()) + " values",
        "the limit is " + std::to_string(kMaxAxisValues));
  }
  std::vector<const YamlNode*> items;
  for (const YamlNode& item : node.items) {
    items.push_back(&item);
  }
  return items;
}

}  // namespace kvfoot
