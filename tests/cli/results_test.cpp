// Sweeps, their results on disk and the page about them, as a person meets them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "tests/cli/run_program.hpp"
#include "tests/report/well_formed.hpp"

namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace cli_test;

// A folder per test, in which the program runs.
class CliResults : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("kvfoot-results-" + std::to_string(getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    put("s.yaml", kScenario);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string get(const std::string& name) const { return slurp(folder_ / name); }
  [[nodiscard]] Ran here(const std::string& arguments) const {
    return shell("cd " + folder_.string() + " && " KVFOOT_BINARY " " + arguments);
  }
  // A file-size limit stands in for a full disk: the same failed write.
  [[nodiscard]] Ran on_full_disk(const std::string& arguments, int kilobytes) const {
    return shell("cd " + folder_.string() + " && bash -c 'trap \"\" XFSZ; ulimit -f " +
                 std::to_string(kilobytes) + "; " KVFOOT_BINARY " " + arguments + "'");
  }
  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  static constexpr const char* kScenario =
      "kvfoot: 1\ntitle: a <b>bold</b> title\nteaches: less is less\n"
      "workload: {shape: llama-3.2-1b, prompt: 512, output: [8, 16]}\nchunk: [64, 128]\n"
      "policy:\n  - full\n  - snapkv: {sparsity: [0.3, 0.7], window: 8}\n"
      "report: {csv: s.csv, hdf5: s.h5, json: s.json}\n";
  fs::path folder_;
};

TEST_F(CliResults, InspectKnowsResultsFromTraces) {
  ASSERT_EQ(here("sweep s.yaml --quiet").code, 0);
  EXPECT_EQ(here("inspect s.json").code, 0);
  const Ran ran = here("inspect s.h5");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.out, HasSubstr("s.h5: holds the rows of a sweep for other tools"));
  EXPECT_THAT(here("inspect s.csv").out, HasSubstr("s.csv: is neither HDF5 nor named .json"));
}

TEST_F(CliResults, MergeRunsOnce) {
  const Ran ran =
      shell("cd " + folder_.string() +
            " && OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 " KVFOOT_BINARY " merge s.yaml");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.out, HasSubstr("run it once, without mpirun"));
}

TEST_F(CliResults, MistypedFlagsAreNamed) {
  const Ran ran = here("replay --shape llama-3.2-1b --prompt 10 --sed 1");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.out, HasSubstr("kvfoot replay: has no flag --sed; did you mean '--seed'?"));
  EXPECT_THAT(here("replay --shape llama-3.2-1b --promt=10").out, HasSubstr("'--prompt'"));
  // A flag that is there is not blamed.
  EXPECT_THAT(here("replay x.h5 --shape llama-3.2-1b").out, Not(HasSubstr("has no flag")));
}

TEST_F(CliResults, FitWarnsAsReplayDoes) {
  const std::string fit =
      "fit --shape llama-3.2-1b --device-model h100-sxm --prompt 512 --kv-quant kivi ";
  EXPECT_THAT(here(fit + "--solve batch --at-most 4").out, HasSubstr("quality_not_modelled"));
  EXPECT_THAT(here(fit + "--solve output --at-most 64").out, HasSubstr("output 64 fits"));
}

TEST_F(CliResults, ASweepAndThePageAboutIt) {
  const Ran sweep = here("sweep s.yaml --quiet");
  ASSERT_EQ(sweep.code, 0) << sweep.out;
  EXPECT_THAT(sweep.out, HasSubstr("wrote s.h5"));
  EXPECT_EQ(get("s.h5").substr(1, 3), "HDF");
  const Ran report = here("report .");
  ASSERT_EQ(report.code, 0) << report.out;
  EXPECT_THAT(report.out, HasSubstr("wrote report.html"));
  const std::string page = get("report.html");
  EXPECT_EQ(kvfoot::markup_fault(page), "");
  EXPECT_THAT(page, AllOf(HasSubstr("a &lt;b&gt;bold&lt;/b&gt; title"), HasSubstr("less is less"),
                          HasSubstr("sparsity=0.3, window=8"), Not(HasSubstr("<b>bold"))));
  if (page.find("no pictures") == std::string::npos) {
    EXPECT_THAT(page, HasSubstr("aria-label=\"footprint against sparsity\" viewBox="));
    EXPECT_THAT(page, Not(HasSubstr("<?xml")));
  }
  ASSERT_EQ(here("report s.json --out again.html").code, 0);
  EXPECT_EQ(get("again.html"), page);
  const Ran plain = here("report s.json --no-plots --title 'Mine & yours' --out -");
  EXPECT_THAT(plain.out, AllOf(HasSubstr("<h1>Mine &amp; yours</h1>"), Not(HasSubstr("<svg"))));
}

// What stands in a trace's name, a plot's legend and the machine's line ends in the pictures too.
TEST_F(CliResults, PicturesOfHostileNamesAreStillMarkup) {
  ASSERT_EQ(here("sweep s.yaml --quiet").code, 0);
  std::string text = get("s.json");
  for (std::size_t at = 0; (at = text.find("\"llama-3.2-1b\"", at)) != std::string::npos;) {
    text.replace(at, 14, "\"<svg onload='x'>&\\u202e\\\"]]>\"");
  }
  put("s.json", text);
  const Ran report = here("report s.json");
  ASSERT_EQ(report.code, 0) << report.out;
  const std::string page = get("report.html");
  EXPECT_EQ(kvfoot::markup_fault(page), "");
  EXPECT_THAT(page, Not(HasSubstr("<svg onload")));
}

TEST_F(CliResults, ReportSaysWhatItCannotRead) {
  const Ran nothing = here("report .");
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.out, testing::StartsWith("error: .: holds no results; "));
  ASSERT_EQ(here("sweep s.yaml --quiet").code, 0);
  std::string text = get("s.json");
  put("new.json", text.replace(text.find("kvfoot.sweep/1"), 14, "kvfoot.sweep/7"));
  put("report.html", "mine");
  const Ran newer = here("report .");
  EXPECT_EQ(newer.code, 2);
  EXPECT_THAT(newer.out, AllOf(HasSubstr("new.json"), HasSubstr("use a newer kvfoot")));
  EXPECT_EQ(std::count(newer.out.begin(), newer.out.end(), '\n'), 1) << newer.out;
  EXPECT_EQ(get("report.html"), "mine");
}

TEST_F(CliResults, AFullDiskLeavesWhatWasThere) {
  const Ran sweep = on_full_disk("sweep s.yaml --quiet", 4);
  EXPECT_EQ(sweep.code, 3) << sweep.out;
  EXPECT_THAT(sweep.out, HasSubstr("free some space"));
  for (const std::string& name : files()) {
    EXPECT_TRUE(name == "s.yaml" || name.ends_with(".journal")) << name;
  }
  // The journal holds 6 KiB; the first larger file is the JSON.
  put("s.json", "mine");
  const Ran later = on_full_disk("sweep s.yaml --quiet", 12);
  EXPECT_EQ(later.code, 3) << later.out;
  EXPECT_EQ(get("s.json"), "mine");
  const Ran again = here("sweep s.yaml --quiet");
  EXPECT_EQ(again.code, 0) << again.out;
  const std::set<std::string> before = files();
  EXPECT_EQ(before, (std::set<std::string>{"s.csv", "s.h5", "s.json", "s.yaml"}));
  const Ran report = on_full_disk("report .", 4);
  EXPECT_EQ(report.code, 3) << report.out;
  EXPECT_EQ(files(), before);
}

TEST_F(CliResults, MoreThanAMillionRunsNeedAYes) {
  std::string axis = "[1";
  for (int i = 2; i <= 1000; ++i) {
    axis += ", " + std::to_string(i);
  }
  axis += "]";
  put("big.yaml", "kvfoot: 1\nworkload: {shape: llama-3.2-1b, prompt: " + axis +
                      ", output: " + axis + "}\npolicy:\n  - streaming: {sinks: " + axis +
                      ", window: " + axis + "}\n");
  for (const char* command : {"sweep big.yaml", "sweep big.yaml --shard 1/1000000",
                              "merge big.yaml", "inspect big.yaml"}) {
    const Ran ran = here(command);
    EXPECT_EQ(ran.code, 2) << command;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("cross to 1000000000000 runs"), HasSubstr("--yes")));
  }
  // That many do not fit into any memory; a yes does not change that.
  const Ran yes = here("sweep big.yaml --yes");
  EXPECT_EQ(yes.code, 2);
  EXPECT_THAT(yes.out, AllOf(HasSubstr("1000000000000 runs"), HasSubstr("memory of this machine")));
  EXPECT_EQ(here("sweep s.yaml --quiet --yes").code, 0) << "no harm where it is not needed";
}

}  // namespace
