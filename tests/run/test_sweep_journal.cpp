// Journals: whose they are, and what damage they notice.
#include <gmock/gmock.h>

#include "sim/io/file.hpp"
#include "tests/run/sweep_fixture.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;

class JournalTest : public SweepTest {
 protected:
  void SetUp() override {
    SweepTest::SetUp();
    ASSERT_TRUE(run_sweep(scenario_, runner(), options(1)));
    text_ = *read_file(journal(), 1 << 24);
  }
  std::string message_for(const std::string& text) {
    EXPECT_TRUE(write_file(journal(), text));
    const auto outcome = run_sweep(scenario_, runner(), options(1));
    return outcome ? "no error" : outcome.error().message();
  }
  [[nodiscard]] std::string replaced(std::string_view from, std::string_view to) const {
    std::string text = text_;
    return text.replace(text.find(from), from.size(), to);
  }
  std::string text_;
};

TEST_F(JournalTest, OtherProgramsAndInputsAreRefused) {
  EXPECT_THAT(message_for(replaced("kvfoot test", "kvfoot next")), HasSubstr(":1: belongs to"));
  SweepOptions other = options(1);
  other.inputs_hash = "another trace";
  ASSERT_TRUE(write_file(journal(), text_));
  EXPECT_THAT(run_sweep(scenario_, runner(), other).error().message(), HasSubstr("--fresh"));
}

TEST_F(JournalTest, DamageIsNamedByLine) {
  EXPECT_THAT(message_for(replaced("\"point\": 2", "\"pint\": 2")), HasSubstr(":4: "));
  EXPECT_THAT(message_for(replaced("\"point\": 2", "\"point\": 1")), HasSubstr("listed twice"));
  EXPECT_THAT(message_for(replaced("\"point\": 2", "\"point\": 99")), HasSubstr(":4.point"));
  EXPECT_THAT(message_for(replaced("\"footprint\"", "\"footprint")), HasSubstr(":2:"));
  EXPECT_THAT(message_for("garbage\n"), HasSubstr(":1: belongs to"));
  EXPECT_EQ(message_for("garbage"), "no error") << "half a header is a fresh start";
}

TEST(Shards, ParseAndSplit) {
  const auto shard = parse_shard("2/8");
  ASSERT_TRUE(shard);
  EXPECT_EQ(shard->index, 2);
  EXPECT_EQ(shard->count, 8);
  EXPECT_TRUE(shard->has(1));
  EXPECT_FALSE(shard->has(2));
  EXPECT_TRUE(shard->has(9));
  for (const char* bad : {"", "2", "0/8", "9/8", "a/8", "1/", "1/2/3", "-1/-1"}) {
    EXPECT_FALSE(parse_shard(bad)) << bad;
  }
}

}  // namespace
}  // namespace kvfoot
