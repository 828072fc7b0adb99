// YAML trees with line numbers, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/io/yaml.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;

TEST(Yaml, KeepsTextLinesAndQuotes) {
  const auto tree =
      parse_yaml("# comment\na: 0.70\nb:\n  - '1'\n  - full\n  - x: {y: ~}\n", "s.yaml");
  ASSERT_TRUE(tree) << tree.error().message();
  EXPECT_EQ(tree->kind, YamlNode::Kind::kMap);
  EXPECT_EQ(tree->find("a")->text, "0.70");
  EXPECT_EQ(tree->find("a")->line, 2);
  const YamlNode& list = *tree->find("b");
  ASSERT_EQ(list.items.size(), 3u);
  EXPECT_TRUE(list.items[0].quoted);
  EXPECT_FALSE(list.items[1].quoted);
  EXPECT_EQ(list.items[1].line, 5);
  EXPECT_EQ(list.items[2].find("x")->find("y")->kind, YamlNode::Kind::kNull);
  EXPECT_EQ(list.items[2].keys[0].second, 6);
  EXPECT_EQ(tree->find("c"), nullptr);
}

struct Bad {
  const char* text;
  const char* where;
  const char* what;
};

TEST(Yaml, ErrorsNameTheLine) {
  const Bad cases[] = {
      {"a: 1\nb: [1, 2\n", "s.yaml:", "not valid YAML"},
      {"a: 1\nb: 2\na: 3\n", "s.yaml:3", "'a' is given twice"},
      {"a: &x 1\nb: *x\n", "s.yaml:1", "anchors"},
      {"a: 1\n? [1, 2]\n: 3\n", "s.yaml:2", "plain text"},
      {"a: 1\n---\nb: 2\n", "s.yaml", "several documents"},
      {"", "s.yaml", "empty"},
      {"# only a comment\n", "s.yaml", "empty"},
  };
  for (const Bad& bad : cases) {
    const auto tree = parse_yaml(bad.text, "s.yaml");
    ASSERT_FALSE(tree) << bad.text;
    EXPECT_THAT(tree.error().where, HasSubstr(bad.where)) << bad.text;
    EXPECT_THAT(tree.error().what, HasSubstr(bad.what)) << bad.text;
  }
}

TEST(Yaml, DepthIsBounded) {
  const std::string deep(5000, '[');
  const auto tree = parse_yaml("a: " + deep + std::string(5000, ']') + "\n", "s.yaml");
  ASSERT_FALSE(tree);
  EXPECT_THAT(tree.error().what, HasSubstr("levels"));
}

}  // namespace
}  // namespace kvfoot
