// Rows and passes: both flows of the last prompt token, short last chunks, patch rows.
#include <gtest/gtest.h>

#include "sim/core/hash.hpp"
#include "sim/core/schedule.hpp"

namespace kvfoot {
namespace {

RunLengths lengths(std::int64_t n, std::int64_t m, std::int64_t c) {
  RunLengths run;
  run.prompt = n;
  run.output = m;
  run.chunk = c;
  return run;
}

TEST(Schedule, RowsArePromptPlusOutput) {
  RunLengths run = lengths(8, 4, 3);
  EXPECT_EQ(run.rows(), 12);
  EXPECT_EQ(run.prefill_rows(), 8);
  EXPECT_EQ(run.decode_rows(), 4);
  EXPECT_EQ(run.prefill_passes(), 3);
  EXPECT_EQ(run.passes(), 7);
  run.last_prompt_token = LastPromptToken::kDecode;
  EXPECT_EQ(run.rows(), 12);
  EXPECT_EQ(run.prefill_rows(), 7);
  EXPECT_EQ(run.decode_rows(), 5);
  EXPECT_EQ(run.prefill_passes(), 3);
}

TEST(Schedule, PassesTileTheRows) {
  for (std::uint64_t i = 0; i < 300; ++i) {
    RunLengths run = lengths(1 + static_cast<std::int64_t>(hash_words(i, 1) % 50),
                             static_cast<std::int64_t>(hash_words(i, 2) % 20),
                             static_cast<std::int64_t>(hash_words(i, 3) % 60));
    run.last_prompt_token =
        hash_words(i, 4) % 2 == 0 ? LastPromptToken::kPrefill : LastPromptToken::kDecode;
    std::int64_t row = 0;
    std::int64_t last_prefills = 0;
    for (std::int64_t p = 0; p < run.passes(); ++p) {
      const Pass pass = pass_at(run, p, 4);
      ASSERT_EQ(pass.index, p);
      ASSERT_EQ(pass.begin, row);
      ASSERT_GT(pass.rows(), 0);
      const bool prefill = row < run.prefill_rows();
      ASSERT_EQ(pass.phase, prefill ? Phase::kPrefill : Phase::kDecode);
      if (!prefill) {
        ASSERT_EQ(pass.rows(), 1);
      }
      const bool patched = prefill && pass.end < run.prefill_rows();
      ASSERT_EQ(pass.patch_rows, patched ? std::min<std::int64_t>(4, run.prefill_rows()) : 0);
      last_prefills += pass.last_prefill ? 1 : 0;
      row = pass.end;
    }
    EXPECT_EQ(row, run.rows());
    EXPECT_EQ(last_prefills, run.prefill_rows() > 0 ? 1 : 0);
  }
}

TEST(Schedule, ChunkLongerThanThePromptIsOnePass) {
  EXPECT_EQ(lengths(10, 0, 10).prefill_passes(), 1);
  EXPECT_EQ(lengths(10, 0, 11).prefill_passes(), 1);
  EXPECT_EQ(lengths(10, 0, kWholePrompt).prefill_passes(), 1);
  EXPECT_EQ(lengths(10, 0, 9).prefill_passes(), 2);
}

TEST(Schedule, OneTokenPromptDecodedAtOnce) {
  RunLengths run = lengths(1, 2, 0);
  run.last_prompt_token = LastPromptToken::kDecode;
  EXPECT_EQ(run.prefill_passes(), 0);
  EXPECT_EQ(run.passes(), 3);
  EXPECT_EQ(pass_at(run, 0, 8).phase, Phase::kDecode);
}

TEST(Schedule, RefusesBadLengths) {
  EXPECT_TRUE(validate(lengths(1, 0, 0)).ok());
  EXPECT_FALSE(validate(lengths(0, 0, 0)).ok());
  EXPECT_FALSE(validate(lengths(1, -1, 0)).ok());
  EXPECT_FALSE(validate(lengths(1, 0, -1)).ok());
  EXPECT_TRUE(validate(lengths(2147483647, 0, 0)).ok());
  EXPECT_FALSE(validate(lengths(2147483647, 1, 0)).ok());
  EXPECT_FALSE(validate(lengths(9223372036854775807, 9223372036854775807, 0)).ok());
}

TEST(Schedule, ParsesChunks) {
  EXPECT_EQ(*parse_chunk("all"), kWholePrompt);
  EXPECT_EQ(*parse_chunk("32768"), 32768);
  EXPECT_EQ(*parse_chunk("32K"), 32768);
  for (const char* bad : {"0", "-1", "", "8k", "all ", "1.5"}) {
    EXPECT_FALSE(parse_chunk(bad).ok()) << bad;
  }
}

TEST(Schedule, Triangles) {
  EXPECT_EQ(triangle(0), 0);
  EXPECT_EQ(triangle(1), 1);
  EXPECT_EQ(triangle(12), 78);
  EXPECT_EQ(triangle(131072), 8590000128);
}

}  // namespace
}  // namespace kvfoot
