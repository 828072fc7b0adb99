// Crossing axes: how many runs, in which order, and what their hash depends on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/scenario/parse.hpp"

namespace kvfoot {
namespace {

using ::testing::ElementsAre;

// The example of the design: 3 outputs x 3 chunks x (1 + 1 + 3) policies.
constexpr const char* kExample = R"(kvfoot: 1
title: chunk size against footprint, 128K prompt
workload: {shape: llama-3.1-8b, prompt: 131072, output: [100, 1000, 10000]}
chunk: [8192, 32768, all]
policy:
  - full
  - streaming: {sinks: 128, window: 1024}
  - pyramidkv: {sparsity: [0.5, 0.7, 0.9], patch: true}
device_model: h100-sxm
report: {csv: chunk.csv, plots: [footprint_vs_budget, timeline]}
)";

TEST(Expand, CrossesEveryList) {
  const auto scenario = parse(kExample);
  ASSERT_TRUE(scenario) << scenario.error().message();
  EXPECT_EQ(scenario->points.size(), 3u * 3u * 5u);
  EXPECT_EQ(scenario->title, "chunk size against footprint, 128K prompt");
  EXPECT_EQ(scenario->report.csv, "chunk.csv");
  EXPECT_THAT(scenario->report.plots, ElementsAre("footprint_vs_budget", "timeline"));
  EXPECT_EQ(scenario->hash.size(), 16u);
  const ScenarioPoint& first = scenario->points.front();
  EXPECT_EQ(first.shape->name, "llama-3.1-8b");
  EXPECT_EQ(first.device_model, "h100-sxm");
  EXPECT_EQ(first.output, 100);
  EXPECT_EQ(first.chunk, 8192);
  EXPECT_EQ(to_string(first.policy), "full");
  EXPECT_EQ(to_string(scenario->points[4].policy), "pyramidkv:sparsity=0.9,patch=true");
  EXPECT_EQ(scenario->points[5].chunk, 32768);
  EXPECT_EQ(scenario->points[10].chunk, kWholePrompt);
  EXPECT_EQ(scenario->points[15].output, 1000);
  std::set<std::string> distinct;
  for (const ScenarioPoint& point : scenario->points) {
    distinct.insert(canonical_text(point));
  }
  EXPECT_EQ(distinct.size(), scenario->points.size());
}

TEST(Expand, DefaultsAreThoseOfTheCommandLine) {
  const auto scenario =
      parse("kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 9}\npolicy: full\n");
  ASSERT_TRUE(scenario) << scenario.error().message();
  ASSERT_EQ(scenario->points.size(), 1u);
  const ScenarioPoint& point = scenario->points.front();
  EXPECT_EQ(point.chunk, 32768);
  EXPECT_EQ(point.output, 128);
  EXPECT_EQ(point.block_size, 16);
  EXPECT_EQ(point.accounting, Accounting::kExact);
  EXPECT_FALSE(point.kv_dtype);
  EXPECT_TRUE(scenario->retained_mass);
}

TEST(Expand, TracesBringTheirOwnLengths) {
  const auto scenario = parse(
      "kvfoot: 1\nworkload: {trace: [a.h5, b.h5]}\npolicy: [full, 'tova:budget=64']\n"
      "retained_mass: false\n");
  ASSERT_TRUE(scenario) << scenario.error().message();
  ASSERT_EQ(scenario->points.size(), 4u);
  EXPECT_EQ(scenario->points[2].trace, "b.h5");
  EXPECT_FALSE(scenario->points[2].prompt);
  EXPECT_FALSE(scenario->points[2].output);
  EXPECT_FALSE(scenario->points[2].shape);
  EXPECT_FALSE(scenario->retained_mass);
}

TEST(Expand, EverySettingMayBeAnAxis) {
  const auto scenario = parse(R"(kvfoot: 1
workload:
  - {shape: [llama-3.1-8b, llama-3.2-1b], prompt: [100, 200]}
  - {shape: llama-2-7b, prompt: 300, output: 0}
chunk: [16, all]
accounting: [exact, paper]
last_prompt_token: [prefill, decode]
block_size: [1, 16]
kv_dtype: [f32, bf16]
seed: [0, 18446744073709551615]
device_model: [a, b]
policy: {duo: {sparsity: [0.25, 0.5], rest: [snapkv:sparsity=0.5, {snapkv: {sparsity: [0.6, 0.7]}}]}}
)");
  ASSERT_TRUE(scenario) << scenario.error().message();
  EXPECT_EQ(scenario->points.size(), 5u * 128u * 6u);
  EXPECT_EQ(to_string(scenario->points[1].policy), "duo:sparsity=0.25,rest=snapkv:sparsity=0.6");
}

TEST(Expand, BatchesAreAnAxisOfTheWorkload) {
  const auto scenario = parse(
      "kvfoot: 1\nworkload: {shape: llama-2-7b, prompt: 9, batch: [1, 64]}\npolicy: [full, "
      "tova]\n");
  ASSERT_TRUE(scenario) << scenario.error().message();
  ASSERT_EQ(scenario->points.size(), 4u);
  EXPECT_EQ(scenario->points[0].batch, 1);
  EXPECT_EQ(scenario->points[2].batch, 64);
  EXPECT_THAT(describe(scenario->points[2]), testing::HasSubstr(", batch 64"));
  // Hashes of scenarios without batches are those of before.
  EXPECT_EQ(canonical_text(scenario->points[0]).find("batch"), std::string::npos);
  EXPECT_NE(canonical_text(scenario->points[2]), canonical_text(scenario->points[0]));
}

TEST(Expand, LayoutsAreAxesAndDecideTheHash) {
  const std::string head = "kvfoot: 1\nworkload: {shape: llama-2-7b, prompt: 9}\npolicy: full\n";
  const auto scenario = parse(head +
                              "kv_quant: [none, 'kivi:bits=4', kvquant]\n"
                              "kv_index: [none, 'quest:page=32']\nkv_alloc: [ragged, rectangular]\n"
                              "kv_copies: [kv, query]\n");
  ASSERT_TRUE(scenario) << scenario.error().message();
  ASSERT_EQ(scenario->points.size(), 24u);
  EXPECT_EQ(scenario->points[0].layout, KvLayout{});
  EXPECT_EQ(to_string(scenario->points[1].layout.quant), "kivi:bits=4,group=32,residual=128");
  EXPECT_EQ(scenario->points[23].layout.copies, KvCopies::kQuery);
  std::set<std::string> texts;
  for (const ScenarioPoint& point : scenario->points) {
    texts.insert(canonical_text(point));
  }
  EXPECT_EQ(texts.size(), 24u);
  // A default that is written out changes nothing.
  EXPECT_EQ(parse(head + "kv_quant: none\nkv_alloc: ragged\n")->hash, parse(head)->hash);
}

TEST(Hash, DependsOnWhatRunsAndNothingElse) {
  const auto hash = [](std::string text) { return parse(text)->hash; };
  const std::string base = kExample;
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = base;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    return hash(text.replace(at, from.size(), to));
  };
  EXPECT_EQ(with("title: chunk", "title: other"), hash(base));
  EXPECT_EQ(with("chunk.csv", "other.csv"), hash(base));
  // A default that is written out changes nothing.
  EXPECT_EQ(with("{sinks: 128, window: 1024}", "{window: 1024, sinks: 128}"), hash(base));
  EXPECT_NE(with("0.7", "0.75"), hash(base));
  EXPECT_NE(with("10000", "10001"), hash(base));
  EXPECT_NE(with("h100-sxm", "other"), hash(base));
  EXPECT_NE(with("all", "65536"), hash(base));
}

TEST(Hash, CoversTheFilesThatPoliciesName) {
  const auto hash = [](const char* table) {
    ScenarioContext context = memory_context();
    context.read_file = [table](const std::string&) -> Result<std::string> {
      return std::string(table);
    };
    const auto scenario = parse_scenario(
        "kvfoot: 1\nworkload: {trace: a.h5}\npolicy: ['duo:heads=h.tsv']\n", "s.yaml", context);
    return scenario ? scenario->hash : scenario.error().message();
  };
  EXPECT_EQ(hash("1\t0\n"), hash("1\t0\n"));
  EXPECT_NE(hash("1\t0\n"), hash("1\t1\n"));
}

TEST(Hash, GoldenValue) {
  // Changes only when the canonical form does; journals of unfinished sweeps then start anew.
  EXPECT_EQ(parse("kvfoot: 1\nworkload: {shape: llama-2-7b, prompt: 9}\npolicy: full\n")->hash,
            "1ccaac7c71e7f808");
}

TEST(Expand, TimingAxesCrossAndDecideTheHash) {
  constexpr const char* kPlain =
      "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 9}\npolicy: full\ndevice_model: a.yaml\n";
  ScenarioContext context = memory_context();
  std::string device = "one";
  context.read_file = [&](const std::string& path) -> Result<std::string> {
    EXPECT_EQ(path, "a.yaml");
    return device;
  };
  const auto hash = [&](const std::string& text) {
    const auto scenario = parse_scenario(text, "s.yaml", context);
    EXPECT_TRUE(scenario.ok()) << scenario.error().message();
    return scenario->hash;
  };
  const std::string plain = hash(kPlain);
  EXPECT_EQ(hash(std::string(kPlain) + "logits: last\nweight_dtype: bf16\n"), plain);
  EXPECT_NE(hash(std::string(kPlain) + "logits: all\n"), plain);
  EXPECT_NE(hash(std::string(kPlain) + "weight_dtype: f32\n"), plain);
  device = "two";
  EXPECT_NE(hash(kPlain), plain) << "the contents of a device description are part of it";
  const auto crossed =
      parse_scenario(std::string(kPlain) + "logits: [last, all]\nweight_dtype: [bf16, f32, f16]\n",
                     "s.yaml", context);
  ASSERT_TRUE(crossed.ok());
  EXPECT_EQ(crossed->points.size(), 6U);
  EXPECT_EQ(crossed->points[1].logits, LogitsRows::kAll);
  EXPECT_EQ(crossed->points[2].weight_dtype, DType::kF32);
}

}  // namespace
}  // namespace kvfoot
