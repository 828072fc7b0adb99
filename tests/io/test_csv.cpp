// CSV quoting.
#include <gtest/gtest.h>

#include <vector>

#include "sim/io/csv.hpp"

namespace kvfoot {
namespace {

TEST(Csv, QuotesOnlyWhatNeedsIt) {
  const std::vector<std::string> fields = {"plain", "", "a,b", "say \"hi\"", "two\nlines", "1.5"};
  EXPECT_EQ(csv_record(fields), "plain,,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",1.5\n");
}

}  // namespace
}  // namespace kvfoot
