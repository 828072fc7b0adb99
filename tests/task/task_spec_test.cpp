// Task names and parameters: what is read, what is refused, and with which hint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "executor/task/task.hpp"

namespace kvfoot::task {
namespace {

using ::testing::HasSubstr;

TEST(TaskSpec, ReadsNameAndParameters) {
  const auto spec = parse_task("niah:length=2048,depth=50,needles=3");
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ(spec->kind, TaskKind::kNiah);
  EXPECT_EQ(spec->length, 2048u);
  EXPECT_EQ(spec->depth, 50);
  EXPECT_EQ(spec->needles, 3);
  EXPECT_EQ(spec->digits, 5);
}

TEST(TaskSpec, TheLengthIsInTokens) {
  EXPECT_EQ(parse_task("niah:length=2K")->length, 2048u);
  EXPECT_EQ(parse_task("copy:length=1M,span=2")->length, 1048576u);
  EXPECT_FALSE(parse_task("niah:length=17M"));  // beyond the limit
  EXPECT_FALSE(parse_task("niah:digits=1K"));
}

TEST(TaskSpec, NameAloneMeansDefaults) {
  const auto spec = parse_task("json_kv");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->length, 1024u);
  EXPECT_EQ(spec->depth, kAnyDepth);
  EXPECT_EQ(spec->digits, 3);
  EXPECT_EQ(spec->key_letters, 2);
}

TEST(TaskSpec, TextOfEveryTaskReadsBackToItself) {
  for (const TaskInfo& info : task_table()) {
    for (const char* parameters : {"", ":length=333", ":length=333,depth=0", ":depth=100"}) {
      const auto spec = parse_task(std::string(info.name) + parameters);
      ASSERT_TRUE(spec) << info.name << parameters;
      const std::string text = to_text(*spec);
      const auto again = parse_task(text);
      ASSERT_TRUE(again) << text;
      EXPECT_EQ(to_text(*again), text);
      EXPECT_EQ(again->depth, spec->depth);
    }
  }
}

TEST(TaskSpec, DefaultsInTheTableAreTheOnesUsed) {
  for (const TaskInfo& info : task_table()) {
    const std::string text = to_text(*parse_task(info.name));
    for (const TaskParameter& parameter : info.parameters) {
      if (parameter.name != "depth") {
        EXPECT_THAT(text, HasSubstr(std::string(parameter.name) + "=" +
                                    std::string(parameter.default_text)));
      }
    }
  }
}

struct Refusal {
  const char* text;
  const char* message;
};

class TaskSpecRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(TaskSpecRefuses, WithAHint) {
  const auto spec = parse_task(GetParam().text);
  ASSERT_FALSE(spec);
  EXPECT_THAT(spec.error().message(), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    BadText, TaskSpecRefuses,
    ::testing::Values(
        Refusal{"naih", "did you mean 'niah'?"}, Refusal{"jsonkv", "'json_kv'?"},
        Refusal{"", "known: niah, kv, json_kv, icl, copy"}, Refusal{"poetry:length=9", "known:"},
        Refusal{"niah:lenght=1024", "did you mean 'length'?"},
        Refusal{"niah:classes=3", "niah has no parameter 'classes'"},
        Refusal{"niah:depth=101", "from 0 to 100"}, Refusal{"niah:depth=-1", "from 0 to 100"},
        Refusal{"niah:length=1e3", "not a whole number"},
        Refusal{"niah:length=", "not a whole number"}, Refusal{"niah:length", "not a whole number"},
        Refusal{"niah:length=0", "from 16"}, Refusal{"niah:", "nothing after ':'"},
        Refusal{"niah:depth=1,", "nothing after ','"}, Refusal{"niah:,depth=1", "no parameter ''"},
        Refusal{"niah:depth=1,depth=2", "given twice"},
        Refusal{"niah:length=99999999999999999999", "not a whole number"}));

}  // namespace
}  // namespace kvfoot::task
