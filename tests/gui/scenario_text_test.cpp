// Scenarios as YAML and as a command.
#include "gui/model/scenario_text.hpp"

#include <gtest/gtest.h>

#include <QTemporaryDir>
#include <filesystem>
#include <fstream>

#include "sim/io/device_file.hpp"
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

// What cannot stand beside the above.
WhatIf indexed() {
  WhatIf what_if;
  what_if.output = kDefaultOutput;
  what_if.layout.index = *parse_kv_index("moba:block=512");
  what_if.layout.copies = KvCopies::kQuery;
  return what_if;
}

WhatIf published() {
  WhatIf what_if;
  what_if.output = kDefaultOutput;
  what_if.policy = *parse_policy("streaming:sinks=16,window=240");
  what_if.accounting = Accounting::kPaper;
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
  for (const WhatIf& what_if : {everything(), indexed(), published(), plain}) {
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
  // Of a policy inside a policy too.
  what_if.policy = PolicySpec{"duo", {{"sparsity", "0.5"}, {"rest", "duo:heads=gates.tsv"}}};
  EXPECT_EQ(
      with_absolute_paths(what_if).policy,
      (PolicySpec{"duo", {{"sparsity", "0.5"}, {"rest", "duo:heads=" + here + "gates.tsv"}}}));
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

TEST(ScenarioText, SignsThatYamlReadsOtherwiseAreEscaped) {
  EXPECT_EQ(yaml_quoted("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(yaml_quoted("\n\x1f \x7f~"), R"("\x0a\x1f \x7f~")");
  EXPECT_EQ(yaml_quoted("\xc3\xa4"), "\"\xc3\xa4\"");
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

  // So do shapes, devices and the files of policies; what is built in has no folder.
  const std::string device(builtin_devices().front().text);
  write(folder, "device.yaml", device);
  write(folder, "config.json",
        R"({"model_type": "llama", "hidden_size": 32, "num_attention_heads": 4,
            "num_hidden_layers": 2, "num_key_value_heads": 2, "intermediate_size": 64,
            "vocab_size": 64})");
  write(folder, "heads.tsv", "1\t0\n0\t1\n");
  const auto own =
      load_scenarios(write(folder, "b.yaml",
                           "kvfoot: 1\nworkload: {shape: config.json, prompt: 100}\nchunk: 10\n"
                           "policy: \"duo:heads=heads.tsv\"\ndevice_model: device.yaml\n"));
  ASSERT_TRUE(own.ok()) << own.error().message();
  const std::string at = folder.path().toStdString() + "/";
  EXPECT_EQ(own->front().shape, at + "config.json");
  EXPECT_EQ(own->front().device, at + "device.yaml");
  EXPECT_EQ(to_string(own->front().policy), "duo:heads=" + at + "heads.tsv");
  const auto built_in = load_scenarios(write(folder, "c.yaml", to_yaml(everything(), "")));
  ASSERT_TRUE(built_in.ok()) << built_in.error().message();
  EXPECT_EQ(built_in->front().shape, "llama-3.1-70b");
  EXPECT_EQ(built_in->front().device, "h100-sxm");
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
  EXPECT_EQ(to_command(indexed()),
            "kvfoot replay --shape llama-3.1-8b --prompt 131072 --output 128 --policy full "
            "--kv-index moba:block=512 --kv-copies query");
  EXPECT_EQ(to_command(published()),
            "kvfoot replay --shape llama-3.1-8b --prompt 131072 --output 128 --policy "
            "streaming:sinks=16,window=240 --accounting paper");
  what_if.trace = "-a.h5";
  EXPECT_EQ(to_command(what_if), "kvfoot replay ./-a.h5 --policy snapkv:sparsity=0.7");
}

// The chunk that was chosen stays where it is one; what was recorded has its own type and seed.
TEST(WhatIf, MovesToATrace) {
  RunLengths recorded;
  recorded.prompt = 320;
  recorded.output = 12;
  recorded.chunk = 80;
  WhatIf before = everything();  // in one chunk
  WhatIf run = on_trace(before, "a.h5", recorded);
  EXPECT_EQ(run.trace, "a.h5");
  EXPECT_EQ(run.chunk, 80);
  EXPECT_EQ(run.output, std::nullopt);
  EXPECT_EQ(run.kv_dtype, std::nullopt);
  EXPECT_EQ(run.seed, std::nullopt);
  before.chunk = 321;
  EXPECT_EQ(on_trace(before, "a.h5", recorded).chunk, 80);
  before.chunk = 320;
  EXPECT_EQ(on_trace(before, "a.h5", recorded).chunk, 320);
  EXPECT_EQ(on_trace(before, "a.h5", recorded).policy, before.policy);
  const WhatIf same = as_recorded(before, *parse_policy("full"), recorded);
  EXPECT_EQ(same.chunk, 80);
  EXPECT_EQ(same.last_prompt_token, LastPromptToken::kPrefill);
  EXPECT_EQ(same.output, std::nullopt);
  EXPECT_EQ(to_string(same.policy), "full");
}

}  // namespace
}  // namespace kvfoot::gui
