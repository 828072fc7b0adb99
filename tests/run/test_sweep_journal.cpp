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

// The message names the file, what differs and what to do; the journal stays as it is.
TEST_F(JournalTest, OtherVersionsAndInputsAreRefused) {
  const std::string program = message_for(replaced("kvfoot test", "kvfoot next"));
  EXPECT_THAT(program, HasSubstr(journal().string() + ":1: was written by kvfoot next, this is "
                                                      "kvfoot test; "));
  EXPECT_THAT(program, HasSubstr("--fresh"));
  EXPECT_EQ(*read_file(journal(), 1 << 24), replaced("kvfoot test", "kvfoot next"));
  EXPECT_THAT(message_for(replaced("kvfoot.journal/1", "kvfoot.journal/2")),
              HasSubstr("is a 'kvfoot.journal/2', this program reads 'kvfoot.journal/1'"));
  EXPECT_THAT(
      message_for(replaced(scenario_.hash, "0123456789abcdef")),
      HasSubstr("another scenario: its hash is 0123456789abcdef, this one's is " + scenario_.hash));
  EXPECT_THAT(message_for(replaced("\"points\": 28", "\"points\": 29")),
              HasSubstr(":1: the header is damaged"));
  EXPECT_THAT(message_for(replaced("\"points\": 28", "\"pints\": 28")),
              HasSubstr(":1: the header is damaged"));
  SweepOptions other = options(1);
  other.inputs_hash = "another trace";
  ASSERT_TRUE(write_file(journal(), text_));
  const std::string trace = run_sweep(scenario_, runner(), other).error().message();
  EXPECT_THAT(trace, HasSubstr("a trace of the scenario has other contents now"));
  EXPECT_THAT(trace, HasSubstr("--fresh"));
  EXPECT_EQ(*read_file(journal(), 1 << 24), text_);
}

TEST_F(JournalTest, MergingRefusesTheSame) {
  SweepOptions together = options(1);
  together.gather = {folder_};
  ASSERT_TRUE(run_sweep(scenario_, runner(), together));
  const std::string old = replaced("kvfoot test", "kvfoot next");
  ASSERT_TRUE(write_file(journal(), old));
  const auto outcome = run_sweep(scenario_, runner(), together);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message(), HasSubstr("was written by kvfoot next"));
  EXPECT_EQ(*read_file(journal(), 1 << 24), old);
}

// A changed scenario has another hash and so another journal; the old one is not forgotten
// silently.
TEST_F(JournalTest, JournalsOfOtherVersionsAreNamedAndStay) {
  const auto older = folder_ / "s-0123456789abcdef.journal";
  const auto shard = folder_ / "s-0123456789abcdee-1of2.journal";
  for (const auto& path : {older, shard, folder_ / "s-0123456789abcdefg.journal",
                           folder_ / "s-0123.journal", folder_ / "t-0123456789abcdef.journal"}) {
    ASSERT_TRUE(write_file(path, "old\n"));
  }
  const std::vector<std::filesystem::path> expected = {shard, older};
  const auto outcome = run_sweep(scenario_, runner(), options(1));
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(outcome->other_versions, expected);
  remove_journals(*outcome);
  EXPECT_EQ(*read_file(older, 1 << 20), "old\n");
  SweepOptions together = options(1);
  together.gather = {folder_};
  const auto merged = run_sweep(scenario_, runner(), together);
  ASSERT_FALSE(merged);
  EXPECT_THAT(merged.error().message(), HasSubstr("28 of 28 runs are in no journal"));
  EXPECT_THAT(merged.error().message(),
              HasSubstr(shard.string() + " is of another version of this scenario"));
}

TEST_F(JournalTest, DamageIsNamedByLine) {
  EXPECT_THAT(message_for(replaced("\"point\": 2", "\"pint\": 2")), HasSubstr(":4: "));
  EXPECT_THAT(message_for(replaced("\"point\": 2", "\"point\": 1")), HasSubstr("listed twice"));
  EXPECT_THAT(message_for(replaced("\"point\": 2", "\"point\": 99")), HasSubstr(":4.point"));
  EXPECT_THAT(message_for(replaced("\"footprint\"", "\"footprint")), HasSubstr(":2:"));
  EXPECT_THAT(message_for("garbage\n"), HasSubstr(":1: is not the journal of a sweep"));
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
