// YAML reading from yaml-cpp's events: its own tree forgets repeated keys and expands aliases.
#include "sim/io/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>

namespace kvfoot {
namespace {

struct Refused {
  int line;
  std::string what;
  std::string hint;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_anchor(mark, anchor);
    YamlNode node;
    node.line = mark.line + 1;
    add(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw Refused{mark.line + 1, "aliases (*name) are not supported", "write the value out"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_anchor(mark, anchor);
    YamlNode node;
    node.line = mark.line + 1;
    node.quoted = tag == "!";
    node.kind = YamlNode::Kind::kScalar;
    node.text = value;
    if (!node.quoted && (value.empty() || value == "~" || value == "null")) {
      node.kind = YamlNode::Kind::kNull;
    }
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  static void check_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) {
      throw Refused{mark.line + 1, "anchors (&name) are not supported", "write the value out"};
    }
  }
  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check_anchor(mark, anchor);
    if (open_.size() >= kMaxYamlDepth) {
      throw Refused{mark.line + 1, "more than " + std::to_string(kMaxYamlDepth) + " levels", ""};
    }
    if (!open_.empty() && open_.back().kind == YamlNode::Kind::kMap &&
        open_.back().keys.size() == open_.back().items.size()) {
      throw Refused{mark.line + 1, "a key must be plain text", ""};
    }
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    open_.push_back(std::move(node));
    seen_.emplace_back();
  }
  void close() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    seen_.pop_back();
    add(std::move(node));
  }
  void add(YamlNode node) {
    if (++count_ > kMaxYamlNodes) {
      throw Refused{node.line, "more than " + std::to_string(kMaxYamlNodes) + " values", ""};
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    YamlNode& parent = open_.back();
    if (parent.kind == YamlNode::Kind::kMap && parent.keys.size() == parent.items.size()) {
      if (node.kind != YamlNode::Kind::kScalar) {
        throw Refused{node.line, "a key must be plain text", ""};
      }
      const auto [known, fresh] = seen_.back().emplace(node.text, node.line);
      if (!fresh) {
        throw Refused{node.line, "'" + known->first + "' is given twice",
                      "the first is in line " + std::to_string(known->second)};
      }
      parent.keys.emplace_back(std::move(node.text), node.line);
      return;
    }
    if (node.kind == YamlNode::Kind::kNull && parent.kind == YamlNode::Kind::kMap) {
      node.line = parent.keys.back().second;  // yaml-cpp marks the line after an absent value
    }
    parent.items.push_back(std::move(node));
  }

  std::vector<YamlNode> open_;
  std::vector<std::map<std::string, int>> seen_;  // keys of open_ and their lines
  YamlNode root_;
  std::size_t count_ = 0;
};

Error error_at(std::string_view where, int line, std::string what, std::string hint) {
  return Error{std::string(where) + ":" + std::to_string(line), std::move(what), std::move(hint)};
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].first == key) {
      return &items[i];
    }
  }
  return nullptr;
}

std::string_view YamlNode::kind_name() const {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return "a single value";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  return "?";
}

Result<YamlNode> parse_yaml(std::string_view text, std::string_view where) {
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder builder;
    if (!parser.HandleNextDocument(builder)) {
      return Error{std::string(where), "the file is empty", ""};
    }
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      return Error{std::string(where), "the file holds several documents",
                   "keep one and drop the '---' lines"};
    }
    return builder.take();
  } catch (const Refused& refused) {
    return error_at(where, refused.line, refused.what, refused.hint);
  } catch (const YAML::Exception& error) {
    return error_at(where, error.mark.is_null() ? 1 : error.mark.line + 1,
                    "not valid YAML: " + error.msg, "");
  }
}

}  // namespace kvfoot
