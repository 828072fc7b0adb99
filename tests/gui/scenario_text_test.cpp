// Scenarios as YAML and as a command.
#include "gui/model/scenario_text.hpp"

#include <gtest/gtest.h>

#include <QTemporaryDir>
#include <filesystem>
#include <fstream>

#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

WhatIf everything() {
  WhatIf what_if;
  what_if.shape = "llama-3.1-70b";
  what_if.prompt = 4096;
  what_if.output = 7;
  what_if.chunk = kWholePrompt;
  what_if.last_prompt_token = LastPromptToken::kDecode;
  what_if.policy = *parse_policy("pyramidkv:sparsity=0.5,patch=true");
  what_if.batch = 3;
  what_if.block = 32;
  what_if.kv_dtype = DType::kF16;
  what_if.layout.quant = *parse_kv_quant("kivi:bits=2,group=32,residual=128");
  what_if.layout.alloc = KvAlloc::kRectangular;
  what_if.seed = 11;
  what_if.device = "h100-sxm";
  what_if.weight_dtype = DType::kF16;
  what_if.logits = LogitsRows::kAll;
  return what_if;
}

std::string write(const QTemporaryDir& folder, const std::string& name, const std::string& text) {
  const std::string path = folder.path().toStdString() + "/" + name;
  std::ofstream(path) << text;
  return path;
}

TEST(ScenarioText, ComesBackAsItWas) {
  const QTemporaryDir folder;
  WhatIf plain;
  plain.output = kDefaultOutput;  // which reading fills in
  for (const WhatIf& what_if : {everything(), plain}) {
    const std::string path = write(folder, "a.yaml", to_yaml(what_if, "a \"title\" \\ of: mine"));
    const auto read = load_scenarios(path);
    ASSERT_TRUE(read.ok()) << read.error().message();
    ASSERT_EQ(read->size(), 1U);
    EXPECT_EQ(read->front(), what_if) << to_yaml(what_if, "");
  }
}

TEST(ScenarioText, AbsolutePathsAreThoseOfTheCurrentFolder) {
  const std::string here = std::filesystem::current_path().string() + "/";
  WhatIf what_if;
  what_if.trace = "runs/a.h5";
  what_if.device = "my.yaml";
  what_if.policy = PolicySpec{"duo", {{"heads", "gates.tsv"}}};
  WhatIf found = with_absolute_paths(what_if);
  EXPECT_EQ(found.trace, here + "runs/a.h5");
  EXPECT_EQ(found.device, here + "my.yaml");
  EXPECT_EQ(found.policy, (PolicySpec{"duo", {{"heads", here + "gates.tsv"}}}));
  EXPECT_EQ(found.shape, what_if.shape);
  EXPECT_EQ(with_absolute_paths(found), found);
  what_if.trace.clear();
  what_if.shape = "config.json";
  EXPECT_EQ(with_absolute_paths(what_if).shape, here + "config.json");
  EXPECT_EQ(with_absolute_paths(everything()), everything());  // names that are built in
}

TEST(ScenarioText, WhatCouldNotBeOpenedAgainIsKnown) {
  EXPECT_TRUE(check_scenario(everything()).ok());
  WhatIf half = everything();
  half.policy = PolicySpec{"duo", {}};
  EXPECT_FALSE(check_scenario(half).ok());
  half.trace = "any.h5";  // of which nothing is read
  EXPECT_FALSE(check_scenario(half).ok());
  half.policy = everything().policy;
  EXPECT_TRUE(check_scenario(half).ok());
  WhatIf paper = everything();
  paper.accounting = Accounting::kPaper;
  const Status status = check_scenario(paper);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(
      status.error().message(),
      "batch has no meaning under paper accounting; the published closed forms know no bytes");
}

// What the panels do not show comes back as it was.
TEST(ScenarioText, WhatTheFileSaysBesidesItsRunIsKept) {
  const QTemporaryDir folder;
  const std::string text =
      "kvfoot: 1\ntitle: \"Mine: # 1\"\nteaches: >\n  why\n  # so\n"
      "workload: {shape: llama-3.1-8b, prompt: 1000}\nchunk: 100\npolicy: full\n"
      "retained_mass: false\n"
      "report: {csv: a.csv, json: 'b\"c.json', plots: [footprint_vs_chunk], plot_folder: p,\n"
      "  plot_format: svg, markdown: m.md, hdf5: h.h5, jsonl: j.jsonl}\n";
  const auto first = load_scenario_file(write(folder, "a.yaml", text));
  ASSERT_TRUE(first.ok()) << first.error().message();
  EXPECT_EQ(first->notes.comment_line, 0);
  const std::string again = to_yaml(first->runs.front(), "other", first->notes);
  const auto second = load_scenario_file(write(folder, "b.yaml", again));
  ASSERT_TRUE(second.ok()) << second.error().message() << again;
  EXPECT_EQ(second->runs, first->runs);
  const ScenarioNotes& notes = second->notes;
  EXPECT_EQ(notes.title, "Mine: # 1");
  EXPECT_EQ(notes.teaches, "why # so\n");
  EXPECT_FALSE(notes.retained_mass);
  EXPECT_EQ(notes.report.csv, "a.csv");
  EXPECT_EQ(notes.report.json, "b\"c.json");
  EXPECT_EQ(notes.report.jsonl, "j.jsonl");
  EXPECT_EQ(notes.report.hdf5, "h.h5");
  EXPECT_EQ(notes.report.markdown, "m.md");
  EXPECT_EQ(notes.report.plots, std::vector<std::string>{"footprint_vs_chunk"});
  EXPECT_EQ(notes.report.plot_folder, "p");
  EXPECT_EQ(notes.report.plot_format, "svg");
}

TEST(ScenarioText, TheTitleOfTheWindowIsNoneOfTheFile) {
  const QTemporaryDir folder;
  const auto read =
      load_scenario_file(write(folder, "a.yaml", to_yaml(everything(), short_name(everything()))));
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->notes.title, "");
  EXPECT_EQ(notes_yaml(read->notes), "");
}

TEST(ScenarioText, CommentsAreFoundWhereTheyAre) {
  EXPECT_EQ(first_comment("a: 1\nb: 2\n"), 0);
  EXPECT_EQ(first_comment("a: 1\nb: 2 # two\n"), 2);
  EXPECT_EQ(first_comment("# one\na: 1\n"), 1);
  EXPECT_EQ(first_comment("a: 1\n\n  # three"), 3);
  EXPECT_EQ(first_comment("a: x#y\nb: 'x # y'\nc: \"x # y\"\n"), 0);
  EXPECT_EQ(first_comment("a: |\n  x\n  # y\nb: 1\n"), 0);
  EXPECT_EQ(first_comment("a: 'x # y' # z\n"), 1);
}

TEST(ScenarioText, PathsFollowTheFile) {
  const QTemporaryDir folder;
  WhatIf what_if;
  what_if.trace = "runs/a b.h5";
  const auto read = load_scenarios(write(folder, "a.yaml", to_yaml(what_if, "")));
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->front().trace, folder.path().toStdString() + "/runs/a b.h5");
}

TEST(ScenarioText, EveryRunOfACrossInItsOrder) {
  const auto read =
      load_scenarios(std::string(KVFOOT_SOURCE_DIR) + "/scenarios/chunk_size_128k.yaml");
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_GT(read->size(), 3U);
  EXPECT_EQ(read->front().trace, "");
}

TEST(ScenarioText, TooManyRunsAreRefusedWithTheirNumber) {
  const QTemporaryDir folder;
  const std::string path =
      write(folder, "a.yaml",
            "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: [10, 20, 30]}\npolicy: full\n");
  const auto read = load_scenarios(path, 2);
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().message().find('3'), std::string::npos) << read.error().message();
}

TEST(ScenarioCommand, NamesOnlyWhatDiffersFromTheDefaults) {
  EXPECT_EQ(to_command(WhatIf{}),
            "kvfoot replay --shape llama-3.1-8b --prompt 131072 --policy full");
  WhatIf what_if;
  what_if.trace = "it's.h5";
  what_if.policy = *parse_policy("snapkv:sparsity=0.7");
  EXPECT_EQ(to_command(what_if), "kvfoot replay 'it'\\''s.h5' --policy snapkv:sparsity=0.7");
  EXPECT_EQ(
      to_command(everything()),
      "kvfoot replay --shape llama-3.1-70b --prompt 4096 --output 7 --chunk all --policy "
      "pyramidkv:sparsity=0.5,patch=true --last-prompt-token decode --batch 3 --block-size 32 "
      "--kv-dtype f16 --kv-quant kivi:bits=2,group=32,residual=128 --kv-alloc rectangular "
      "--seed 11 --device-model h100-sxm --weight-dtype f16 --logits all");
}

}  // namespace
}  // namespace kvfoot::gui
