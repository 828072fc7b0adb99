// The program as a person meets it: exit codes, messages, files, interruptions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/run_program.hpp"

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using namespace cli_test;

// A folder per test with a random checkpoint in it.
class Cli : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("kvfoot-cli-" + std::to_string(getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  void make_model() const {
    const Ran ran = kvfoot("make-model --out " + path("model") + " --attention-scale 2 --seed 5");
    ASSERT_EQ(ran.code, 0) << ran.out;
  }

  [[nodiscard]] Ran record(const std::string& flags, const std::string& out = "a.h5") const {
    return kvfoot("record --model " + path("model") + " --prompt-text '" + kText + "' " + flags +
                  " --out " + path(out));
  }

  static constexpr const char* kText =
      "The quick brown fox jumps over the lazy dog, and the dog does not care in the least.";
  fs::path folder_;
};

TEST_F(Cli, HelpAndVersion) {
  EXPECT_EQ(kvfoot("").code, 0);
  const Ran help = kvfoot("--help");
  EXPECT_EQ(help.code, 0);
  for (const char* command :
       {"generate", "record", "replay", "sweep", "validate", "plot", "inspect", "policies",
        "devices", "make-model", "make-trace", "compare", "merge", "fit", "report"}) {
    EXPECT_THAT(help.out, HasSubstr(command));
    EXPECT_EQ(kvfoot(std::string(command) + " --help").code, 0);
  }
  EXPECT_THAT(kvfoot("--version").out, HasSubstr("kvfoot "));
}

TEST_F(Cli, HelpSaysWhatValuesAreAndWhatIsRequired) {
  const Ran help = kvfoot("record --help");
  EXPECT_THAT(help.out,
              HasSubstr("--device {auto,cpu,cuda}        Backend that computes; auto takes "
                        "a GPU if one can be used (default: auto)\n"));
  EXPECT_THAT(help.out, HasSubstr("--threads N "));
  EXPECT_THAT(help.out, HasSubstr("made in memory (required)\n"));
  EXPECT_THAT(help.out, HasSubstr("\nOne of these is required:\n  --prompt-text TEXT "));
  EXPECT_THAT(help.out, Not(HasSubstr("INT")));
}

// What was printed before an error ends its line; an error alone is one line.
TEST_F(Cli, NothingButTheErrorWhenNothingWasGenerated) {
  make_model();
  const Ran ran = kvfoot("generate --model " + path("model") + " --prompt-text x --top-p 7");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.out, testing::StartsWith("error: top-p"));
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
}

TEST_F(Cli, UnknownCommandsAndFlagsAreBadUsage) {
  const Ran command = kvfoot("relpay");
  EXPECT_EQ(command.code, 2);
  EXPECT_THAT(command.out, HasSubstr("did you mean 'replay'?"));
  EXPECT_EQ(kvfoot("replay --chnk 3").code, 2);
  EXPECT_EQ(kvfoot("replay").code, 2);
}

TEST_F(Cli, ShapeAloneGivesThePublishedFootprint) {
  // n = 130972, m = 100, chunk 32768: .4840 with streaming heads at 70 % (closed form, published
  // settings).
  const Ran paper = kvfoot(
      "replay --shape llama-3.1-8b --prompt 130972 --output 100 --chunk 32768 --accounting paper "
      "--policy duo:sparsity=0.7,sinks=128,window=1024 --json -");
  EXPECT_EQ(paper.code, 0) << paper.out;
  EXPECT_THAT(paper.out, HasSubstr("\"footprint\": 0.48396583537280"));
}

// 128K is 131072, wherever tokens are counted.
TEST_F(Cli, TokensAreCountedInKAndM) {
  const std::string plain =
      kvfoot("replay --shape llama-3.1-8b --prompt 131072 --output 2048 --chunk 32768 --json -")
          .out;
  EXPECT_THAT(plain, HasSubstr("\"prompt\": 131072"));
  EXPECT_EQ(
      kvfoot("replay --shape llama-3.1-8b --prompt 128K --output 2K --chunk 32K --json -").out,
      plain);
  EXPECT_THAT(kvfoot("replay --shape llama-3.1-8b --prompt 1M --block-size 4K").out,
              HasSubstr("prompt 1 048 576"));
  EXPECT_THAT(kvfoot("fit --shape llama-3.2-1b --device-model h100-sxm --at-most 2K").out,
              HasSubstr("prompt 2 048 fits"));
  const Ran made = kvfoot(
      "make-trace --shape llama-3.2-1b --layers 1 --prompt 1K --output 0 "
      "--chunk 512 --chunk-sizes 1K --out " +
      path("t.h5"));
  EXPECT_EQ(made.code, 0) << made.out;
  EXPECT_THAT(kvfoot("inspect " + path("t.h5")).out, HasSubstr("1024"));
  make_model();
  const Ran recorded = record("--output 1 --chunk 1K --block-size 1K --side-votes 1K");
  EXPECT_EQ(recorded.code, 0) << recorded.out;
  std::ofstream(path("s.yaml")) << "kvfoot: 1\ntitle: t\nworkload: {shape: llama-3.1-8b, prompt: "
                                   "[4K, 1M], output: 1K}\nchunk: 32K\npolicy: [full]\n";
  const Ran swept = kvfoot("sweep " + path("s.yaml") + " --journal " + folder_.string());
  EXPECT_EQ(swept.code, 0) << swept.out;
  EXPECT_THAT(swept.out, HasSubstr("1 048 576"));
}

TEST_F(Cli, BadInputIsOneClearMessage) {
  const struct {
    const char* arguments;
    const char* message;
  } cases[] = {
      {"replay --shape llama-3.1-8b --prompt 100 --policy snapkb:sparsity=0.5", "'snapkv'"},
      {"replay --shape llama-3.1-8b --prompt 100 --policy snapkv:sprsity=0.5", "'sparsity'"},
      {"replay --shape llama-3.1-8b --prompt 100 --policy snapkv:sparsity=1.5", "sparsity"},
      {"replay --shape llama-3.1-8b --prompt 100 --chunk 0", "chunk"},
      {"replay --shape llama-3.1-8c --prompt 100", "llama-3.1-8b"},
      {"replay --shape llama-3.1-8b", "prompt"},
      {"replay --shape llama-3.1-8b --prompt 0", "prompt"},
      {"replay --shape llama-3.1-8b --prompt 100 --batch 0",
       "a batch of 0 requests; give 1 to 1048576"},
      {"replay --shape llama-3.1-8b --prompt 100 --batch 2000000", "a batch of 2000000 requests"},
      {"replay --shape llama-3.1-8b --prompt 100 --batch 2 --accounting paper", "closed forms"},
      {"replay --shape llama-3.1-8b --prompt 100 --kv-quant kiwi", "did you mean 'kivi'?"},
      {"replay --shape llama-3.1-8b --prompt 100 --kv-quant kivi:group=48", "the group of 48"},
      {"replay --shape llama-3.1-8b --prompt 100 --kv-index quest:page=x", "page=x"},
      {"replay --shape llama-3.1-8b --prompt 100 --kv-alloc square", "known: ragged, rectangular"},
      {"replay --shape llama-3.1-8b --prompt 100 --kv-copies query --accounting paper",
       "closed forms"},
      {"replay no-such-trace.h5", "no-such-trace.h5"},
      {"inspect no-such-file", "no-such-file"},
      {"make-trace --layers 40 --out x.h5", "40 are more than the 32 of llama-3.1-8b"},
      {"sweep no-such-scenario.yaml", "no-such-scenario.yaml"},
      {"generate --model no-such-model --prompt-text x", "no-such-model"},
      {"replay --shape llama-3.1-8b --prompt 100 --accounting paper --policy tova", "closed form"},
      {"replay --shape llama-3.1-8b --prompt 100 --device-model h100-smx", "'h100-sxm'"},
      {"replay --shape llama-3.1-8b --prompt 100 --gantt", "--gantt: needs a device"},
      {"replay --shape llama-3.1-8b --prompt 100 --logits all", "--logits: needs a device"},
      {"replay --shape llama-3.1-8b --prompt 100 --device-model l40s --gantt --pass 999",
       "the run has passes 0 to 128"},
      {"replay --shape llama-3.1-8b --prompt 128KB",
       "--prompt: '128KB' is not a number of tokens; write for example 131072, 128K"},
      {"replay --shape llama-3.1-8b --prompt 100 --block-size 8K", "not in range"},
      {"replay --shape llama-3.1-8b --prompt 100 --per-stream", "add --timeline"},
      {"replay --shape llama-3.1-8b --prompt 100 --device-model l40s --gantt --json -",
       "--gantt: prints a chart where --json - prints the result"},
      {"fit --shape llama-3.1-8b --device-model l40s --prompt 100",
       "--prompt: is what --solve prompt looks for; leave it out"},
      {"fit --shape llama-3.1-8b --device-model l40s --solve batch --batch 2", "--batch: is what"},
      {"plot s.json --kind footprint_vs_chunk --out x.svg --policy tova",
       "--policy: is about one schedule, and --kind is footprint_vs_chunk"},
      {"plot --shape llama-3.1-8b --prompt 9 --layer 1 --out x.svg", "--layer: is about a picture"},
      {"plot x.h5 --kind states --unit bytes --out x.svg", "--unit: is about a timeline"},
      {"record --model x --prompt-text x --out x.h5 --side-window 9", "add --side-votes"},
      {"make-model --out x --shape llama-3.2-1b --layers 2", "--layers: is given by --shape"},
      {"make-model --out x --device cpu", "--device: is about --random"},
      {"make-model --random --shape llama-3.2-1b --max-shard 2GB",
       "--max-shard: is about a folder"},
      {"inspect --verify .", "--verify: checks traces"},
      {"replay --shape llama-3.1-8b --prompt 100 --device-model l40s --pass 0", "--gantt"},
      {"replay --shape llama-3.1-8b --prompt 100 --device-model l40s --weight-dtype int4", "int4"},
  };
  for (const auto& c : cases) {
    const Ran ran = kvfoot(c.arguments);
    EXPECT_EQ(ran.code, 2) << c.arguments << "\n" << ran.out;
    EXPECT_THAT(ran.out, testing::StartsWith("error: ")) << c.arguments;
    EXPECT_THAT(ran.out, HasSubstr(c.message)) << c.arguments;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
  }
}

TEST_F(Cli, ADeviceGivesTimesMemoryAndTheSchedule) {
  const std::string run =
      "replay --shape llama-3.1-8b --prompt 4096 --output 4 --chunk 1024 --policy "
      "streaming:sinks=4,window=512 --device-model h100-sxm ";
  const Ran json = kvfoot(run + "--json -");
  EXPECT_EQ(json.code, 0) << json.out;
  for (const char* metric : {"ttft_s", "tpot_s", "total_s", "kv_byte_seconds", "peak_total_bytes",
                             "peak_total_weight_bytes"}) {
    EXPECT_THAT(json.out, HasSubstr("\"" + std::string(metric) + "\": ")) << metric;
  }
  EXPECT_THAT(json.out, HasSubstr("\"device_model\": \"h100-sxm\""));
  const Ran text = kvfoot(run + "--gantt --graph " + path("g.dot") + " --perfetto " +
                          path("t.json") + " --timeline " + path("t.csv"));
  EXPECT_EQ(text.code, 0) << text.out;
  EXPECT_THAT(text.out, HasSubstr("Time to first token"));
  EXPECT_THAT(text.out, HasSubstr("Peak memory in prefill pass"));
  EXPECT_THAT(text.out, HasSubstr("critical path"));
  EXPECT_THAT(slurp(path("g.dot")), testing::StartsWith("digraph pass {"));
  EXPECT_THAT(slurp(path("t.json")), HasSubstr("\"traceEvents\""));
  const std::string timeline = slurp(path("t.csv"));
  EXPECT_THAT(timeline, HasSubstr("\n1023,0.0"));
  EXPECT_THAT(timeline, Not(HasSubstr(",,")));
}

TEST_F(Cli, ABuiltinDeviceIsATemplate) {
  const Ran table = kvfoot("devices");
  EXPECT_EQ(table.code, 0) << table.out;
  EXPECT_THAT(table.out, HasSubstr("3.35 TB/s x 90 %"));
  EXPECT_THAT(kvfoot("devices --names").out, HasSubstr("rtx-4090\n"));
  EXPECT_EQ(
      shell(KVFOOT_BINARY " devices l40s | sed 's/^name: .*/name: mine/' > " + path("mine.yaml"))
          .code,
      0);
  const Ran mine = kvfoot("devices " + path("mine.yaml"));
  EXPECT_EQ(mine.code, 0) << mine.out;
  EXPECT_THAT(mine.out, HasSubstr("\nmine "));
  shell("sed -i 's/864GB/864GB-ish/' " + path("mine.yaml"));
  const Ran broken = kvfoot("devices " + path("mine.yaml"));
  EXPECT_EQ(broken.code, 2);
  EXPECT_THAT(broken.out, HasSubstr("mine.yaml:9: memory_bandwidth: '864GB-ish/s' is not"));
}

// What a hostile name or file could tell a terminal to do is shown instead.
TEST_F(Cli, CalibrationWritesADeviceThatReplaysTake) {
  make_model();
  const std::string model = "calibrate --model " + path("model") + " --threads 1 ";
  const Ran ran = kvfoot(model + "--prompt 48,64,96 --repeat 2 --seconds 20 --out " +
                         path("mine.yaml") + " --json " + path("mine.json"));
  ASSERT_EQ(ran.code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("held-out"));
  const auto text = [&](const char* name) {
    std::ifstream in(path(name));
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_THAT(text("mine.yaml"), HasSubstr("kvfoot calibrate on model, 1 threads"));
  EXPECT_THAT(text("mine.json"), HasSubstr("\"p95_error\""));
  EXPECT_EQ(kvfoot("devices " + path("mine.yaml")).code, 0);
  const Ran timed = kvfoot("replay --shape llama-3.2-1b --prompt 64 --output 4 --device-model " +
                           path("mine.yaml") + " --policy full");
  EXPECT_EQ(timed.code, 0) << timed.out;
  EXPECT_THAT(timed.out, HasSubstr("mine"));

  const Ran one = kvfoot(model + "--prompt 64");
  EXPECT_EQ(one.code, 2);
  EXPECT_THAT(one.out, HasSubstr("at least two lengths"));
  const Ran nowhere = kvfoot(model + "--out " + path("no/where.yaml"));
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.out, HasSubstr("its folder does not exist"));
  EXPECT_EQ(kvfoot("calibrate --model " + path("nothing")).code, 2);
}

TEST_F(Cli, ErrorsAreSafeToPrint) {
  const Ran name = shell(
      KVFOOT_BINARY
      " inspect \"$(printf 'a\\033[31mb\\302\\2332Jc\\342\\200\\256d\\377e\\tf\\303\\251')\"");
  EXPECT_EQ(name.code, 2);
  EXPECT_THAT(name.out, testing::StartsWith(
                            "error: a\\x1b[31mb\\xc2\\x9b2Jc\\xe2\\x80\\xaed\\xffe\\tf\xc3\xa9: "));
  std::ofstream(path("s.yaml")) << "kvfoot: 1\ntitle: t\nworkload: {shape: llama-3.1-8b, "
                                   "prompt: 9}\npolicy: [full]\n\"a\\x1b[31mb\\nc\": 2\n";
  const Ran key = kvfoot("sweep " + path("s.yaml"));
  EXPECT_EQ(key.code, 2);
  EXPECT_THAT(key.out, HasSubstr("a\\x1b[31mb\\nc"));
  EXPECT_EQ(key.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(key.out.begin(), key.out.end(), '\n'), 1) << key.out;
}

TEST_F(Cli, ScenarioErrorsNameTheLine) {
  std::ofstream(path("s.yaml"))
      << "kvfoot: 1\ntitle: t\nworkload: {shape: llama-3.1-8b, prompt: 9}\n"
         "chnk: [2]\npolicy: [full]\n";
  const Ran ran = kvfoot("sweep " + path("s.yaml"));
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.out, HasSubstr("s.yaml:4"));
  EXPECT_THAT(ran.out, HasSubstr("'chunk'"));
}

TEST_F(Cli, GenerateIsDeterministicAndNeedsNoTrace) {
  make_model();
  const std::string flags = "generate --model " + path("model") +
                            " --prompt-text 'hello world' --output 12 --ignore-eos --quiet ";
  const Ran a = kvfoot(flags + "--threads 1");
  const Ran b = kvfoot(flags + "--threads 2 --chunk 3");
  EXPECT_EQ(a.code, 0) << a.out;
  EXPECT_EQ(a.out, b.out);
  const Ran sampled = kvfoot(flags + "--temperature 1.5 --seed 3");
  EXPECT_EQ(sampled.out, kvfoot(flags + "--temperature 1.5 --seed 3").out);
  EXPECT_NE(sampled.out, kvfoot(flags + "--temperature 1.5 --seed 4").out);
}

// The first token comes with the prompt; the others are one fewer than there are.
TEST_F(Cli, TheSummaryCountsTheStepsBetweenTokens) {
  make_model();
  const std::string flags =
      "generate --model " + path("model") + " --prompt-text 'hello world' --ignore-eos --output ";
  EXPECT_THAT(
      kvfoot(flags + "12").out,
      testing::ContainsRegex("[0-9]+ prompt tokens and the first output token in [0-9.]+ s "
                             "\\([0-9]+/s\\), 11 more in [0-9.]+ s \\([0-9.]+/s\\), on cpu"));
  EXPECT_THAT(kvfoot(flags + "1").out,
              testing::ContainsRegex("first output token in [0-9.]+ s \\([0-9]+/s\\), on cpu"));
}

TEST_F(Cli, RecordReplayInspect) {
  make_model();
  const Ran recorded = record("--output 8 --chunk 32 --ignore-eos");
  ASSERT_EQ(recorded.code, 0) << recorded.out;
  const Ran inspected = kvfoot("inspect --verify " + path("a.h5"));
  EXPECT_EQ(inspected.code, 0) << inspected.out;
  EXPECT_THAT(inspected.out, HasSubstr("any policy can be replayed"));
  const Ran full = kvfoot("replay " + path("a.h5") + " --json -");
  EXPECT_EQ(full.code, 0) << full.out;
  EXPECT_THAT(full.out, HasSubstr("\"footprint\": 1"));
  EXPECT_THAT(full.out, HasSubstr("\"retained_mass\": 1"));
  const Ran h2o =
      kvfoot("replay " + path("a.h5") +
             " --chunk 32 --policy h2o:heavy=16,recent=16 --json - --timeline " + path("t.csv"));
  EXPECT_EQ(h2o.code, 0) << h2o.out;
  EXPECT_THAT(slurp(path("t.csv")),
              testing::StartsWith("row,time_s,live,inactive,evicted,resident_bytes\n"));
}

TEST_F(Cli, TwoRecordingsOfOneRunHoldTheSame) {
  make_model();
  ASSERT_EQ(record("--output 4 --chunk 32 --threads 1", "a.h5").code, 0);
  ASSERT_EQ(record("--output 4 --chunk 32 --threads 2", "b.h5").code, 0);
  const auto hash = [&](const std::string& name) {
    const std::string text = kvfoot("inspect --verify " + path(name)).out;
    const std::size_t at = text.find("content hash");
    return text.substr(at, 40);
  };
  EXPECT_THAT(hash("a.h5"), testing::StartsWith("content hash"));
  EXPECT_EQ(hash("a.h5"), hash("b.h5"));
}

TEST_F(Cli, ATraceOfAnEvictingPolicyServesOnlyThatPolicy) {
  make_model();
  ASSERT_EQ(record("--output 4 --chunk 32 --policy snapkv:sparsity=0.5,window=8").code, 0);
  EXPECT_EQ(
      kvfoot("replay " + path("a.h5") + " --chunk 32 --policy snapkv:sparsity=0.5,window=8").code,
      0);
  const Ran other = kvfoot("replay " + path("a.h5") + " --chunk 32 --policy h2o:heavy=8,recent=8");
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.out, HasSubstr("snapkv"));
}

TEST_F(Cli, ACutTraceIsAnErrorThatNamesIt) {
  make_model();
  ASSERT_EQ(record("--output 4 --chunk 32").code, 0);
  const auto size = fs::file_size(path("a.h5"));
  for (const auto kept : {size - 1, size / 2, std::uintmax_t{100}, std::uintmax_t{0}}) {
    fs::resize_file(path("a.h5"), kept);
    const Ran ran = kvfoot("replay " + path("a.h5"));
    EXPECT_EQ(ran.code, 2) << kept << "\n" << ran.out;
    EXPECT_THAT(ran.out, HasSubstr("a.h5"));
  }
}

TEST_F(Cli, BlocksShareMeansOverTheKeysThatWereAskedFor) {
  make_model();
  ASSERT_EQ(record("--output 4 --chunk 32 --fidelity blocks").code, 0);
  EXPECT_THAT(kvfoot("inspect " + path("a.h5")).out, HasSubstr("means over 64 keys"));
  ASSERT_EQ(record("--output 4 --chunk 32 --fidelity blocks --key-block 128").code, 0);
  EXPECT_THAT(kvfoot("inspect " + path("a.h5")).out, HasSubstr("means over 128 keys"));
  EXPECT_EQ(kvfoot("replay " + path("a.h5") + " --chunk 32 --policy h2o:heavy=16,recent=16").code,
            0);
  const Ran rows = record("--output 4 --chunk 32 --key-block 128", "b.h5");
  EXPECT_EQ(rows.code, 2);
  EXPECT_THAT(rows.out, HasSubstr("--key-block: needs --fidelity blocks"));
}

// A file-size limit stands in for a full disk: the same failed write.
TEST_F(Cli, AFullDiskLeavesNothingBehind) {
  make_model();
  const Ran ran = shell("bash -c 'trap \"\" XFSZ; ulimit -f 40; " KVFOOT_BINARY " record --model " +
                        path("model") + " --task niah:length=600 --output 4 --chunk 64 --out " +
                        path("full.h5") + "'");
  EXPECT_EQ(ran.code, 3) << ran.out;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_EQ(entry.path().filename(), "model");
  }
}

TEST_F(Cli, InterruptingARecordingLeavesNothingBehind) {
  make_model();
  // --foreground: without it, timeout sends the signal twice, and a second one ends at once.
  const Ran ran =
      shell("timeout --foreground --preserve-status -s INT 1 " KVFOOT_BINARY " record --model " +
            path("model") + " --task niah:length=2000 --output 20000 --ignore-eos" +
            " --chunk 16 --out " + path("cut.h5"));
  EXPECT_EQ(ran.code, 130) << ran.out;
  EXPECT_FALSE(fs::exists(path("cut.h5")));
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_EQ(entry.path().filename(), "model");
  }
}

TEST_F(Cli, ValidateAgreesOnARandomModel) {
  make_model();
  const Ran ran = kvfoot("validate --model " + path("model") +
                         " --task niah:length=200 --output 6 --chunk 48,all");
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_THAT(ran.out, Not(HasSubstr("FAILED")));
}

// What `blocks` does to decisions of the shipped checkpoint; docs/validation.md has the numbers.
TEST_F(Cli, BlocksAndRowsOfOneRunDecideAlike) {
  for (const char* fidelity : {"rows", "blocks"}) {
    const Ran ran = kvfoot(std::string("record --model " KVFOOT_SOURCE_DIR "/models/kvfoot-3m "
                                       "--task niah:length=768,depth=40 --output 16 "
                                       "--ignore-eos --chunk 192 --fidelity ") +
                           fidelity + " --out " + path(std::string(fidelity) + ".h5"));
    ASSERT_EQ(ran.code, 0) << ran.out;
  }
  const std::string both = "compare " + path("rows.h5") + " " + path("blocks.h5") + " ";
  const struct {
    const char* policy;
    const char* floor;
  } cases[] = {{"streaming:sinks=16,window=64", "100"},
               {"snapkv:sparsity=0.7,window=64", "99.8"},
               {"pyramidkv:sparsity=0.7,window=64", "99.8"},
               {"duo:sparsity=0.7,sinks=16,window=64,rest=snapkv:sparsity=0.5,window=16", "99.8"},
               {"h2o:heavy=115,recent=115", "96"},
               {"tova:budget=230", "70"},
               {"oracle:sparsity=0.7", "70"}};
  for (const auto& c : cases) {
    const std::string flags = both + "--chunk 192,all --policy " + c.policy + " --at-least ";
    const Ran ran = kvfoot(flags + c.floor);
    EXPECT_EQ(ran.code, 0) << ran.out;
    // What deciding on blocks loses of the mass: the last percentage against the third from last.
    std::istringstream lines(ran.out);
    int rows = 0;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::vector<double> shares;
      double before = 0;
      for (std::string word; words >> word;) {
        if (word == "%") {
          shares.push_back(before);
        }
        before = std::atof(word.c_str());
      }
      if (shares.size() == 5) {
        ++rows;
        EXPECT_LE(shares[2] - shares[4], 1.0) << line;
      }
    }
    EXPECT_EQ(rows, 2) << ran.out;
  }
  EXPECT_EQ(kvfoot(both + "--policy tova:budget=230 --at-least 99").code, 1);
  EXPECT_EQ(kvfoot(both + "--policy tova:budget=230 --check").code, 1);
  EXPECT_EQ(kvfoot(both + "--policy streaming:sinks=16,window=64 --check").code, 0);
  const Ran mixed = kvfoot("compare " + path("rows.h5") + " result.json");
  EXPECT_EQ(mixed.code, 2);
  EXPECT_THAT(mixed.out, HasSubstr("give two results (.json) or two traces"));
  const Ran flag = kvfoot("compare a.json b.json --policy full");
  EXPECT_EQ(flag.code, 2);
  EXPECT_THAT(flag.out, HasSubstr("are for traces"));
}

// traces/README.md says what each shipped trace holds; the file must be that.
TEST_F(Cli, ShippedTracesAreThoseOfTheManifest) {
  const std::string manifest = slurp(KVFOOT_SOURCE_DIR "/traces/README.md");
  int traces = 0;
  for (const auto& entry : fs::directory_iterator(KVFOOT_SOURCE_DIR "/traces")) {
    if (entry.path().extension() != ".h5") {
      continue;
    }
    ++traces;
    const Ran ran = kvfoot("inspect --verify " + entry.path().string());
    ASSERT_EQ(ran.code, 0) << ran.out;
    const std::size_t at = ran.out.find("content hash");
    ASSERT_NE(at, std::string::npos);
    const std::string hash = ran.out.substr(ran.out.find_first_not_of(' ', at + 12), 16);
    EXPECT_THAT(manifest, HasSubstr("Content hash `" + hash + "`")) << entry.path();
  }
  EXPECT_GE(traces, 3);
}

// A trace that kept everything serves every policy, whatever it was recorded for.
TEST_F(Cli, AShippedTraceServesEveryPolicy) {
  const Ran names = kvfoot("policies --names");
  std::istringstream lines(names.out);
  int served = 0;
  for (std::string name; std::getline(lines, name); ++served) {
    const std::string spec = name == "duo" ? "duo:sparsity=0.5" : name;
    for (const char* trace : {"needle-320-rows.h5", "needle-2k-blocks.h5"}) {
      const Ran ran = kvfoot(std::string("replay " KVFOOT_SOURCE_DIR "/traces/") + trace +
                             " --chunk all --policy " + spec + " --json -");
      EXPECT_EQ(ran.code, 0) << spec << "\n" << ran.out;
      EXPECT_THAT(ran.out, HasSubstr("\"retained_mass\""));
    }
  }
  EXPECT_GE(served, 7);
}

}  // namespace
