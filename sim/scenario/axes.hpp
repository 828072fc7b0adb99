// Values of a scenario file: scalars, or lists that become axes.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/io/yaml.hpp"

namespace kvfoot {

// The file name for errors, "scenarios/a.yaml".
class ScenarioSource {
 public:
  explicit ScenarioSource(std::string_view file) : file_(file) {}
  [[nodiscard]] Error error(int line, std::string what, std::string hint = {}) const;
  // The same problem, told with the line.
  [[nodiscard]] Error error(int line, const Error& inner) const;

 private:
  std::string file_;
};

// The members of a map; finish() refuses those that nobody asked for.
class ScenarioMap {
 public:
  // `name` says what the map is in errors: "workload".
  [[nodiscard]] static Result<ScenarioMap> of(const ScenarioSource& source, const YamlNode& node,
                                              std::string_view name);
  [[nodiscard]] const YamlNode* get(std::string_view key);
  [[nodiscard]] Status finish() const;
  [[nodiscard]] int line() const { return node_->line; }

 private:
  ScenarioMap(const ScenarioSource& source, const YamlNode& node, std::string_view name)
      : source_(&source), node_(&node), name_(name) {}
  const ScenarioSource* source_;
  const YamlNode* node_;
  std::string name_;
  std::set<std::string, std::less<>> asked_;
};

// One value, not a list and not nothing.
[[nodiscard]] Result<std::string> scalar_text(const ScenarioSource& source, const YamlNode& node,
                                              std::string_view key);

inline constexpr std::size_t kMaxAxisValues = 10'000;

// The node itself, or the items of a list, which must not be empty.
[[nodiscard]] Result<std::vector<const YamlNode*>> axis_items(const ScenarioSource& source,
                                                              const YamlNode& node,
                                                              std::string_view key);

// Reads every value of an axis with `parse`; repeated values are errors. An absent node gives the
// one value `otherwise`.
template <class T, class Parse>
Result<std::vector<T>> read_axis(const ScenarioSource& source, const YamlNode* node,
                                 std::string_view key, T otherwise, const Parse& parse) {
  if (node == nullptr) {
    return std::vector<T>{std::move(otherwise)};
  }
  KVFOOT_ASSIGN(const std::vector<const YamlNode*> items, axis_items(source, *node, key));
  std::vector<T> values;
  for (const YamlNode* item : items) {
    KVFOOT_ASSIGN(const std::string text, scalar_text(source, *item, key));
    auto value = parse(text);
    if (!value) {
      return source.error(item->line, value.error());
    }
    for (const T& known : values) {
      if (known == T(*value)) {
        return source.error(item->line, std::string(key) + " lists " + text + " twice");
      }
    }
    values.push_back(T(*std::move(value)));
  }
  return values;
}

}  // namespace kvfoot
