// Wrong scenarios: one message that names the line, says what is wrong and what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/io/device_file.hpp"
#include "tests/scenario/parse.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;

struct Bad {
  const char* text;
  const char* message;  // a part of it
};

constexpr const char* kHead = "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 64}\n";

TEST(ScenarioErrors, NameLineWordAndRemedy) {
  const Bad cases[] = {
      {"policy: full\nchunks: 16\n",
       "s.yaml:4: unknown key 'chunks' in the scenario; did you mean 'chunk'?"},
      {"policy: snapvk\n",
       "s.yaml:3: policy 'snapvk': unknown policy 'snapvk'; did you mean 'snapkv'?"},
      {"policy:\n  - full\n  - snapkv: {sparsty: 0.5}\n",
       "s.yaml:5: policy 'snapkv': unknown parameter 'sparsty' of snapkv; did you mean "
       "'sparsity'?"},
      {"policy:\n  - snapkv: {sparsity: [0.5, 1.5]}\n",
       "s.yaml:4: policy 'snapkv': sparsity is 1.5"},
      {"policy: full\nchunk: 0\n", "s.yaml:4: chunk: '0' is not a chunk size"},
      {"policy: full\nchunk: [16, -1]\n", "s.yaml:4: chunk: '-1'"},
      {"policy: full\nchunk: []\n", "s.yaml:4: chunk is an empty list"},
      {"policy: []\n", "s.yaml:3: policy is an empty list"},
      {"policy:\n  - tova: {budget: []}\n", "s.yaml:4: budget is an empty list"},
      {"policy: full\nchunk: {a: 1}\n", "s.yaml:4: chunk is a map, must be a single value"},
      {"policy: full\nchunk:\n", "s.yaml:4: chunk is nothing"},
      {"policy: full\nchunk: [16, 16]\n", "s.yaml:4: chunk lists 16 twice"},
      {"policy: full\nchunk: [1024, 1K]\n", "s.yaml:4: chunk lists 1K twice"},
      {"policy: full\nchunk: 1KiB\n", "s.yaml:4: chunk: '1KiB' is not a chunk size"},
      {"policy:\n  - full\n  - tova: {budget: 9}\n  - full\n",
       "s.yaml:6: policy 'full' is given twice; the first is in line 4"},
      {"policy: full\naccounting: papr\n",
       "s.yaml:4: accounting: 'papr' is unknown; did you mean 'paper'?"},
      {"policy: full\nblock_size: 0\n",
       "s.yaml:4: block_size: '0' is not a number of tokens from 1"},
      {"policy: full\nseed: -1\n", "s.yaml:4: seed: '-1'"},
      {"policy: full\nkv_quant: kivi:bits=3\n", "s.yaml:4: kv_quant: KIVI has no codes of 3 bits"},
      {"policy: full\nkv_quant: [kivi, 'kivi:bits=2']\n", "s.yaml:4: kv_quant lists"},
      {"policy: full\nkv_index: qest\n", "did you mean 'quest'?"},
      {"policy: full\nkv_alloc: rect\n", "s.yaml:4: kv_alloc: 'rect' is unknown"},
      {"policy: full\nkv_copies: q\n", "s.yaml:4: kv_copies: 'q' is unknown"},
      {"policy: full\nkv_dtype: int4\n", "s.yaml:4: dtype: 'int4' is unknown"},
      {"policy: full\nreport: {cvs: a}\n",
       "s.yaml:4: unknown key 'cvs' in report; did you mean 'csv'?"},
      {"policy: full\nreport: {csv: a, json: a}\n", "s.yaml:4: json and csv name the same file"},
      {"policy: full\nreport: {plot_format: gif}\n", "s.yaml:4: plot_format: 'gif' is unknown"},
      {"policy: full\nreport: a.csv\n", "s.yaml:4: report is a single value, must be a map"},
      {"policy: full\nretained_mass: [true, false]\n", "s.yaml:4: retained_mass is true or false"},
      {"policy: full\ntitle: [a, b]\n", "s.yaml:4: title is a list, must be a single value"},
      {"policy: full\npolicy: full\n", "s.yaml:4: 'policy' is given twice; the first is in line 3"},
      {"policy:\n  - {full: {}, tova: {}}\n", "s.yaml:4: a policy is a name or a map of one name"},
      {"policy:\n  - tova: 64\n", "s.yaml:4: parameters of tova are a single value"},
      {"policy:\n  - snapkv: {sparsity: 0.5, budget: 64}\n", "s.yaml:4:"},
      {"policy: [full\n", "s.yaml:"},
      {"title: x\n", "s.yaml:1: has no 'policy'"},
  };
  for (const Bad& bad : cases) {
    const auto scenario = parse(std::string(kHead) + bad.text);
    ASSERT_FALSE(scenario) << bad.text;
    EXPECT_THAT(scenario.error().message(), HasSubstr(bad.message)) << bad.text;
    EXPECT_EQ(scenario.error().kind, ErrorKind::kBadInput);
  }
}

TEST(ScenarioErrors, Workloads) {
  const Bad cases[] = {
      {"policy: full\n", "s.yaml:1: has no 'workload'"},
      {"policy: full\nworkload: llama-3.1-8b\n", "s.yaml:3: workload is a single value"},
      {"policy: full\nworkload: {shape: llama-2-7b, prompt: 9, batch: 0}\n",
       "s.yaml:3: batch: '0' is not an integer from 1 to 1048576"},
      {"policy: full\naccounting: paper\nworkload: {shape: llama-2-7b, prompt: 9, batch: 2}\n",
       "s.yaml:4: batch has no meaning under paper accounting"},
      {"policy: full\nworkload: {prompt: 9}\n",
       "s.yaml:3: workload needs either 'shape' or 'trace'"},
      {"policy: full\nworkload: {shape: llama-2-7b, trace: a.h5}\n",
       "s.yaml:3: workload needs either"},
      {"policy: full\nworkload: {shape: llama-2-7b}\n", "s.yaml:3: workload has no 'prompt'"},
      {"policy: full\nworkload:\n  trace: a.h5\n  prompt: 9\n",
       "s.yaml:5: prompt cannot be given with a trace"},
      {"policy: full\nworkload: {shape: llama-2-7c, prompt: 9}\n",
       "s.yaml:3: shape: 'llama-2-7c' is not a built-in shape; did you mean 'llama-2-7b'?"},
      {"policy: full\nworkload: {shape: llama-2-7b, prompt: 0}\n", "s.yaml:3: prompt: '0'"},
      {"policy: full\nworkload: {shape: llama-2-7b, prompt: 1e3}\n", "s.yaml:3: prompt: '1e3'"},
      {"policy: full\nworkload: {shape: llama-2-7b, prompt: 2147483647, output: 9}\n",
       "s.yaml:3: prompt and output"},
      {"policy: full\nworkload: {shape: llama-2-7b, promt: 9}\n",
       "s.yaml:3: unknown key 'promt' in workload; did you mean 'prompt'?"},
  };
  for (const Bad& bad : cases) {
    const auto scenario = parse(std::string("kvfoot: 1\n") + bad.text);
    ASSERT_FALSE(scenario) << bad.text;
    EXPECT_THAT(scenario.error().message(), HasSubstr(bad.message)) << bad.text;
  }
}

TEST(ScenarioErrors, Versions) {
  EXPECT_THAT(parse("policy: full\n").error().message(), HasSubstr("s.yaml:1: has no 'kvfoot: 1'"));
  EXPECT_THAT(parse("kvfoot: 2\n").error().message(), HasSubstr("version '2' is unknown"));
  EXPECT_THAT(parse("- 1\n").error().message(), HasSubstr("the scenario is a list"));
}

// What a policy can only refuse for a model and a length is found before anything runs.
TEST(ScenarioErrors, PoliciesAreMadeForTheirShape) {
  const auto scenario = parse(std::string(kHead) + "policy:\n  - full\n  - snapkv: {bytes: 1}\n");
  ASSERT_FALSE(scenario);
  EXPECT_THAT(scenario.error().message(), HasSubstr("s.yaml:5: "));
}

std::string axis_of(int values) {
  std::string axis = "[1";
  for (int i = 2; i <= values; ++i) {
    axis += ", " + std::to_string(i);
  }
  return axis + "]";
}

// Expanding any of these would take the memory of a thousand machines.
TEST(ScenarioErrors, HugeCrossesAreCountedNotExpanded) {
  const std::string axis = axis_of(5000);
  const std::string lengths =
      "kvfoot: 1\nworkload: {shape: llama-2-7b, prompt: " + axis + ", output: " + axis + "}\n";
  const auto runs = parse(lengths + "chunk: " + axis + "\npolicy: full\n");
  ASSERT_FALSE(runs);
  EXPECT_THAT(runs.error().message(),
              HasSubstr("s.yaml:1: the lists cross to 125000000000 runs, the limit is 1000000; "));
  EXPECT_THAT(runs.error().message(), HasSubstr("--yes"));
  // 5000^7 is more than 2^63.
  const auto overflow =
      parse(lengths + "chunk: " + axis + "\nblock_size: " + axis + "\nseed: " + axis +
            "\npolicy: {streaming: {sinks: " + axis + ", window: " + axis + "}}\n");
  ASSERT_FALSE(overflow);
  EXPECT_THAT(overflow.error().message(), HasSubstr("cross to more than 2^63 runs"));
  // 5000^6 policies alone are too many; that "x" is none is not looked at before.
  const auto inside =
      parse(std::string(kHead) + "policy: {x: {a: " + axis + ", b: " + axis + ", c: " + axis +
            ", d: " + axis + ", e: " + axis + ", f: " + axis + "}}\n");
  ASSERT_FALSE(inside);
  EXPECT_THAT(inside.error().message(), HasSubstr("cross to more than 2^63 runs"));
  const auto policies = parse(std::string(kHead) + "policy: {streaming: {sinks: " + axis +
                              ", window: " + axis + "}}\n");
  ASSERT_FALSE(policies);
  EXPECT_THAT(policies.error().message(), HasSubstr("the lists cross to 25000000 runs"));
}

// A million policies alone are within the limit; crossed with two chunks they are not, and must not
// be expanded to find that out.
TEST(ScenarioErrors, PoliciesAreCountedWithTheirCross) {
  const std::string axis = axis_of(1000);
  const auto crossed =
      parse(std::string(kHead) + "chunk: [8, 16]\npolicy: {streaming: {sinks: " + axis +
            ", window: " + axis + "}}\n");
  ASSERT_FALSE(crossed);
  EXPECT_THAT(crossed.error().message(), HasSubstr("the lists cross to 2000000 runs"));
}

TEST(ScenarioErrors, TheLimitIsTheLargestCountThatRuns) {
  const std::string text = std::string(kHead) + "chunk: [8, 16]\npolicy:\n  - full\n" +
                           "  - duo: {sparsity: [0.5, 0.7], rest: {tova: {budget: [8, 9]}}}\n";
  ScenarioContext context = memory_context();
  context.limit = {10, "do less"};
  const auto scenario = parse_scenario(text, "s.yaml", context);
  ASSERT_TRUE(scenario) << scenario.error().message();
  EXPECT_EQ(scenario->points.size(), 10u);
  context.limit.runs = 9;
  EXPECT_THAT(parse_scenario(text, "s.yaml", context).error().message(),
              HasSubstr("the lists cross to 10 runs, the limit is 9; do less"));
}

TEST(ScenarioErrors, PlotNamesAreCheckedByTheProgram) {
  ScenarioContext context = memory_context();
  context.check_plot = [](std::string_view name) -> Status {
    return name == "good" ? Status() : Error{"", "no plot '" + std::string(name) + "'", ""};
  };
  const std::string text = std::string(kHead) + "policy: full\nreport:\n  plots: [good, bad]\n";
  EXPECT_THAT(parse_scenario(text, "s.yaml", context).error().message(),
              HasSubstr("s.yaml:5: no plot 'bad'"));
}

TEST(ScenarioErrors, DevicesAreFoundBeforeAnythingRuns) {
  ScenarioContext context = memory_context();
  context.resolve_device = [](std::string_view name) { return resolve_device(name, "."); };
  const auto parse_with = [&](const std::string& text) {
    return parse_scenario(std::string(kHead) + "policy: full\n" + text, "s.yaml", context);
  };
  EXPECT_TRUE(parse_with("device_model: [h100-sxm, l40s]\nlogits: [last, all]\n").ok());
  EXPECT_THAT(parse_with("device_model: [h100-sxm, h100-smx]\n").error().message(),
              HasSubstr("s.yaml:4: device model: 'h100-smx' is not a built-in device; did you "
                        "mean 'h100-sxm'?"));
  EXPECT_THAT(parse_with("weight_dtype: f32\n").error().message(),
              HasSubstr("s.yaml:4: weight_dtype has no effect without device_model"));
  EXPECT_THAT(parse_with("logits: all\n").error().message(),
              HasSubstr("s.yaml:4: logits has no effect without device_model"));
  EXPECT_THAT(parse_with("device_model: l40s\nlogits: some\n").error().message(),
              HasSubstr("s.yaml:5: logits: 'some' is unknown"));
  EXPECT_THAT(parse_with("device_model: l40s\nweight_dtype: int4\n").error().message(),
              HasSubstr("s.yaml:5: "));
}

TEST(ScenarioErrors, AMissingFileIsNamed) {
  EXPECT_THAT(load_scenario("no/such.yaml").error().message(),
              HasSubstr("no/such.yaml: cannot open"));
}

}  // namespace
}  // namespace kvfoot
