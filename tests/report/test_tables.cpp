// CSV, JSON lines, tables and timelines: golden bytes and layout rules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/report/sweep_export.hpp"
#include "sim/report/table.hpp"
#include "sim/report/timeline_csv.hpp"
#include "sim/report/units.hpp"
#include "tests/report/golden.hpp"
#include "tests/report/sample_results.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;

TEST(SweepExport, GoldenBytes) {
  const std::vector<RunResult> results = {sample_full(), sample_snapkv()};
  expect_golden("sweep.csv", results_to_csv(results));
  expect_golden("sweep.jsonl", results_to_jsonl(results));
  expect_golden("sweep.txt", sweep_to_text(sample_sweep()));
  expect_golden("sweep.md", sweep_to_markdown(sample_sweep()));
  expect_golden("result.txt", result_to_text(sample_snapkv()));
}

TEST(SweepExport, AParameterNeverHidesAColumn) {
  RunResult result = sample_full();
  result.inputs.params = {{"prompt", "9"}, {"footprint", "x"}};
  const std::string csv = results_to_csv({&result, 1});
  EXPECT_THAT(csv, HasSubstr(",param_footprint,param_prompt,rows,"));
}

TEST(SweepExport, NoRowsIsOnlyAHeader) {
  const std::string csv = results_to_csv({});
  EXPECT_EQ(csv.find('\n'), csv.size() - 1);
  EXPECT_EQ(results_to_jsonl({}), "");
  EXPECT_TRUE(results_table({}).rows.empty());
}

TEST(Table, AlignsByWhatTheTerminalShows) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("\xC3\xA4"), 1u);                   // a with diaeresis
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);                  // e and a combining accent
  EXPECT_EQ(display_width("\xE6\x97\xA5"), 2u);               // a CJK character
  EXPECT_EQ(display_width("\xF0\x9F\x99\x82"), 2u);           // an emoji
  EXPECT_EQ(display_width(std::string_view("\xE6", 1)), 1u);  // cut text does no harm
  const Table table{{{"name", false}, {"n", true}},
                    {{"\xE6\x97\xA5", "1"}, {"\xC3\xA4", "22"}, {"", "333"}}};
  EXPECT_EQ(table_to_text(table),
            "name    n\n----  ---\n\xE6\x97\xA5      1\n\xC3\xA4      22\n      333\n");
  EXPECT_EQ(table_to_markdown({{{"a|b", false}}, {{"x\ny"}}}), "| a\\|b |\n|---|\n| x y |\n");
}

TEST(Units, EveryNumberHasItsUnit) {
  EXPECT_EQ(format_percent(0.384615), "38.46 %");
  EXPECT_EQ(format_seconds(0.0000123), "12.30 us");
  EXPECT_EQ(format_seconds(0.0123), "12.30 ms");
  EXPECT_EQ(format_seconds(1.5), "1.50 s");
  EXPECT_EQ(format_count(131072), "131 072");
  EXPECT_EQ(format_count(-1000), "-1 000");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(0), "0");
}

const std::vector<TimelinePoint> kPoints = {
    {.row = 0, .live = 4, .inactive = 0, .evicted = 0, .resident_bytes = 4096},
    {.row = 15, .live = 50, .inactive = 2, .evicted = 12, .resident_bytes = 8192}};

TEST(TimelineCsv, HeaderIsTheContract) {
  EXPECT_EQ(timeline_to_csv(kPoints, {}),
            "row,time_s,live,inactive,evicted,resident_bytes\n0,,4,0,0,4096\n15,,50,2,12,8192\n");
  const std::vector<double> time = {0.0, 0.1};
  EXPECT_EQ(timeline_to_csv(kPoints, time),
            "row,time_s,live,inactive,evicted,resident_bytes\n0,0.0,4,0,0,4096\n"
            "15,0.1,50,2,12,8192\n");
  const std::vector<StreamTimelinePoint> streams = {{1, 3, kPoints[1]}};
  EXPECT_EQ(stream_timeline_to_csv(streams, {}),
            "row,layer,head,time_s,live,inactive,evicted,resident_bytes\n15,1,3,,50,2,12,8192\n");
}

TEST(TimelineCsv, ReadsBackWhatItWrote) {
  const std::vector<double> time = {0.0, 1.0 / 3};
  for (const auto& times : {std::vector<double>{}, time}) {
    const std::string text = timeline_to_csv(kPoints, times);
    const auto read = timeline_from_csv(text, "t.csv");
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(timeline_to_csv(read->points, read->time_s), text);
    for (std::size_t length = 0; length < text.size(); ++length) {
      const auto cut = timeline_from_csv(std::string_view(text).substr(0, length), "t.csv");
      // Whole lines are a shorter timeline; anything else is an error.
      EXPECT_EQ(static_cast<bool>(cut), length > 0 && text[length - 1] == '\n') << length;
    }
  }
}

TEST(TimelineCsv, ErrorsNameTheLine) {
  const std::string head = "row,time_s,live,inactive,evicted,resident_bytes\n";
  const auto where = [&](const std::string& rest) {
    const auto read = timeline_from_csv(head + rest, "t.csv");
    return read ? std::string() : read.error().where;
  };
  EXPECT_EQ(where("0,,1,0,0,1\n0,,1,0,0,1\n"), "t.csv:3");
  EXPECT_EQ(where("0,,1,0,0\n"), "t.csv:2");
  EXPECT_EQ(where("0,,1,0,x,1\n"), "t.csv:2");
  EXPECT_EQ(where("0,,1,0,-1,1\n"), "t.csv:2");
  EXPECT_EQ(where("0,,1,0,0,1\n1,0.5,1,0,0,1\n"), "t.csv:3");
}

}  // namespace
}  // namespace kvfoot
