// What a page says about files that do not fit together, and what it cannot read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "sim/io/file.hpp"
#include "sim/report/report_page.hpp"
#include "tests/report/sample_results.hpp"

namespace kvfoot {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReportPageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("kvfoot_report_" + std::to_string(getpid()) + "_" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    ASSERT_TRUE(write_file(folder_ / name, text));
  }
  [[nodiscard]] Result<ReportInput> read(std::vector<fs::path> names) const {
    for (fs::path& name : names) {
      name = folder_ / name;
    }
    return read_report_input(names);
  }
  [[nodiscard]] std::string error(std::vector<fs::path> names) const {
    const auto input = read(std::move(names));
    return input ? "no error" : input.error().message();
  }
  fs::path folder_;
};

TEST_F(ReportPageTest, AFolderGivesItsResultsInTheOrderOfNames) {
  put("b.json", sweep_to_json(sample_sweep()));
  put("a.json", result_to_json(sample_full()));
  put("config.json", "{\"layers\": 2}");
  put("broken.json", "{");
  put("rows.csv", "a,b\n");
  put("s-0123456789abcdef.journal", "{}\n");
  put("inner/c.json", sweep_to_json(sample_sweep()));
  const auto input = read({""});
  ASSERT_TRUE(input) << input.error().message();
  ASSERT_EQ(input->files.size(), 2u);
  EXPECT_EQ(input->files[0].name, "a.json");
  EXPECT_EQ(input->files[1].name, "b.json");
  EXPECT_THAT(input->notes, ElementsAre("broken.json is left out: it is not readable as JSON.",
                                        "config.json is left out: it is no result of kvfoot.",
                                        "An unfinished sweep lies beside the results "
                                        "(s-0123456789abcdef.journal): its runs are not here."));
}

TEST_F(ReportPageTest, FilesOfOneNameKeepTheirFolders) {
  put("a/s.json", sweep_to_json(sample_sweep()));
  put("b/s.json", sweep_to_json(sample_sweep()));
  const auto input = read({"a", "b/s.json"});
  ASSERT_TRUE(input);
  EXPECT_EQ(input->files[0].name, (folder_ / "a/s.json").string());
  EXPECT_EQ(input->files[1].name, (folder_ / "b/s.json").string());
}

TEST_F(ReportPageTest, WhatCannotBeReadIsAnErrorThatNamesIt) {
  put("rows.csv", "a,b\n");
  EXPECT_THAT(error({""}), AllOf(HasSubstr("holds no results"), HasSubstr("report: {json:")));
  EXPECT_THAT(error({"none.json"}), HasSubstr("none.json: cannot open"));
  std::string text = sweep_to_json(sample_sweep());
  text.replace(text.find("kvfoot.sweep/1"), 14, "kvfoot.sweep/9");
  put("new.json", text);
  EXPECT_THAT(error({""}), AllOf(HasSubstr("new.json.schema"), HasSubstr("newer")));
  EXPECT_THAT(error({"new.json"}), HasSubstr("use a newer kvfoot"));
  text = sweep_to_json(sample_sweep());
  put("new.json", text.substr(0, text.size() / 2));
  EXPECT_THAT(error({"new.json"}), HasSubstr("new.json"));
  EXPECT_THAT(error({""}), HasSubstr("holds no results"));
  put("new.json", text.replace(text.find("\"footprint\""), 11, "\"foodprint\""));
  EXPECT_THAT(error({""}), HasSubstr("results[0].metrics"));
}

ReportPage page_of(std::vector<ReportFile> files) {
  return make_report_page({std::move(files), {}}, "");
}

TEST_F(ReportPageTest, SingleRunsStandTogether) {
  SweepResult one;
  one.results = {sample_full()};
  SweepResult two;
  two.results = {sample_snapkv()};
  const ReportPage page = page_of({{"a.json", one}, {"s.json", sample_sweep()}, {"b.json", two}});
  ASSERT_EQ(page.sections.size(), 2u);
  EXPECT_EQ(page.sections[0].title, "Two rows");
  EXPECT_EQ(page.sections[1].title, "Single runs");
  EXPECT_EQ(page.sections[1].results.size(), 2u);
  EXPECT_EQ(page.title, "2 sets of results");
  EXPECT_EQ(page_of({{"s.json", sample_sweep()}}).title, "Two rows");
  EXPECT_EQ(page_of({{"b.json", two}}).title, "one run of snapkv:sparsity=0.7,patch=true");
  EXPECT_EQ(make_report_page({{{"b.json", two}}, {}}, "mine").title, "mine");
}

TEST_F(ReportPageTest, TwoVersionsOfOneScenarioAreSaid) {
  SweepResult other = sample_sweep();
  other.provenance.scenario_hash = "00000000000000ff";
  const ReportPage page = page_of({{"a.json", sample_sweep()}, {"b.json", other}});
  ASSERT_EQ(page.sections.size(), 2u);
  EXPECT_EQ(page.sections[0].title, "Two rows (a.json)");
  EXPECT_EQ(page.sections[1].title, "Two rows (b.json)");
  EXPECT_THAT(page.notes, ElementsAre(AllOf(HasSubstr("'Two rows'"),
                                            HasSubstr("a.json (hash 0123456789abcdef)"),
                                            HasSubstr("b.json (hash 00000000000000ff)"))));
}

TEST_F(ReportPageTest, RepetitionsAreShownOnceAndContradictionsBoth) {
  const ReportPage same = page_of({{"a.json", sample_sweep()}, {"b.json", sample_sweep()}});
  EXPECT_EQ(same.sections.size(), 1u);
  EXPECT_THAT(same.notes, ElementsAre(HasSubstr("b.json holds the same results as a.json")));
  SweepResult other = sample_sweep();
  other.results.front().metrics.footprint = 0.5;
  const ReportPage page = page_of({{"a.json", sample_sweep()}, {"b.json", other}});
  EXPECT_EQ(page.sections.size(), 2u);
  EXPECT_THAT(page.notes, ElementsAre(HasSubstr("different results; kvfoot compare")));
}

TEST_F(ReportPageTest, ProgramsAndTracesThatDifferAreSaid) {
  SweepResult other = sample_sweep();
  other.title = "Another";
  other.provenance.program = "kvfoot 9.0.0";
  other.results[1].provenance.trace_hash = "0000000000000001";
  const ReportPage page = page_of({{"a.json", sample_sweep()}, {"b.json", other}});
  EXPECT_THAT(page.notes, Contains(HasSubstr("kvfoot 0.0.0 (a.json) and kvfoot 9.0.0 (b.json)")));
  EXPECT_THAT(page.notes, Contains(HasSubstr("0000000000000001 in b.json and fedcba9876543210 in "
                                             "a.json")));
  EXPECT_EQ(page.notes.size(), 2u);
  EXPECT_THAT(page_of({{"a.json", sample_sweep()}}).notes, IsEmpty());
}

}  // namespace
}  // namespace kvfoot
