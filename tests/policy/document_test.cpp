// docs/policies.md has a section for every policy of the build, with its parameters.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/policy/table.hpp"

namespace kvfoot::test {
namespace {

TEST(Document, HasEveryPolicyAndItsParameters) {
  std::ifstream file(KVFOOT_SOURCE_DIR "/docs/policies.md");
  std::ostringstream document;
  document << file.rdbuf();
  for (const PolicyDescriptor* policy : builtin_policies()) {
    const std::string name(policy->name);
    EXPECT_NE(document.str().find("\n## " + name + "\n"), std::string::npos) << name;
    const std::string table = parameter_table(*policy);
    EXPECT_NE(document.str().find(table), std::string::npos)
        << "docs/policies.md should say of " << name << ":\n"
        << table;
  }
}

}  // namespace
}  // namespace kvfoot::test
