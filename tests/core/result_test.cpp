// Errors as values: messages, propagation, and what happens when an error is used as a value.
#include <gtest/gtest.h>

#include <memory>

#include "sim/core/result.hpp"

namespace kvfoot {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) {
    return Error{"number", std::to_string(value) + " is odd", "give an even one"};
  }
  return value / 2;
}

Status check_even(int value) {
  KVFOOT_TRY(half(value));
  return {};
}

Result<int> quarter(int value) {
  KVFOOT_ASSIGN(const int once, half(value));
  KVFOOT_ASSIGN(const int twice, half(once));
  return twice;
}

TEST(Result, Messages) {
  EXPECT_EQ((Error{"a.h5", "is short", "record it again"}).message(),
            "a.h5: is short; record it again");
  EXPECT_EQ((Error{"", "broken"}).message(), "broken");
}

TEST(Result, Propagates) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).error().message(), "number: 3 is odd; give an even one");
  EXPECT_TRUE(check_even(4).ok());
  EXPECT_FALSE(check_even(5).ok());
}

TEST(Result, MovesOutWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> made(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(made);
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeath, UsingAnErrorAsAValueNamesIt) {
  const auto bad = half(3);
  EXPECT_DEATH((void)bad.value(), "3 is odd");
}

}  // namespace
}  // namespace kvfoot
