// docs/adding-a-policy.md shows the file that is compiled here, and what it says happens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/policy/drive.hpp"

namespace kvfoot::test {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(std::string(KVFOOT_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Document, ShowsTheCompiledFile) {
  const std::string source = read("tests/policy/example/lastlook.cpp");
  ASSERT_FALSE(source.empty());
  EXPECT_NE(read("docs/adding-a-policy.md").find("```cpp\n" + source + "```\n"), std::string::npos)
      << "copy tests/policy/example/lastlook.cpp into docs/adding-a-policy.md";
}

TEST(Document, TheTableHoldsTheExampleAlone) {
  ASSERT_EQ(builtin_policies().size(), 1U);
  EXPECT_EQ(builtin_policies()[0]->name, "lastlook");
}

TEST(Document, KeepsWhatTheLastRowLookedAt) {
  const ModelShape shape = small_shape(1, 1, 1);
  const RunLengths run = lengths(4, 1);
  const Logit rows = table_logits(
      {{3, {{0, .1}, {1, .5}, {2, .3}, {3, .1}}}, {4, {{1, .2}, {2, .3}, {3, .3}, {4, .2}}}});
  const auto held = residency_by_pass(*make("lastlook:budget=3", shape, run), shape, run, rows);
  EXPECT_THAT(held[0][0], ::testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(held[1][0], ::testing::ElementsAre(2, 3, 4));
}

}  // namespace
}  // namespace kvfoot::test
