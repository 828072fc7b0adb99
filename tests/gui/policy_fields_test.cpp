// Policy parameters given and taken back, token counts as text, and stops of sliders.
#include "gui/model/policy_fields.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "gui/model/scenario_fields.hpp"
#include "gui/model/token_text.hpp"

namespace kvfoot::gui {
namespace {

PolicySpec spec(const char* text) { return *parse_policy(text); }

TEST(TokenText, ReadsWhatPeopleWrite) {
  const std::pair<const char*, std::int64_t> kCases[] = {
      {"4096", 4096}, {"32K", 32768},   {"32k", 32768}, {" 1M ", 1048576},
      {"1.5K", 1536}, {"0.5M", 524288}, {"0", 0},       {"2 K", 2048}};
  for (const auto& [text, tokens] : kCases) {
    const auto read = parse_tokens(text, 0, 1 << 30);
    ASSERT_TRUE(read.ok()) << text;
    EXPECT_EQ(*read, tokens) << text;
  }
  for (const char* text : {"", "K", "1.0001K", "1e3", "4096 tokens", "9999999999999999M", "-1"}) {
    EXPECT_FALSE(parse_tokens(text, 0, 1 << 30).ok()) << text;
  }
}

TEST(TokenText, WritesWhatItReads) {
  EXPECT_EQ(format_tokens(131072), "128K");
  EXPECT_EQ(format_tokens(1048576), "1M");
  EXPECT_EQ(format_tokens(1000), "1000");
  EXPECT_EQ(format_tokens(1536), "1536");
  for (std::int64_t tokens = 0; tokens < 5000; tokens += 7) {
    EXPECT_EQ(*parse_tokens(format_tokens(tokens), 0, 5000), tokens);
  }
}

TEST(SliderStops, DoubleInQuarters) {
  EXPECT_EQ(doubling_stops(0, 20),
            (std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20}));
  EXPECT_EQ(doubling_stops(3, 3), std::vector<double>{3});
  EXPECT_EQ(doubling_stops(1, 1 << 20).back(), 1 << 20);
  const auto stops = doubling_stops(1, 1 << 20);
  EXPECT_TRUE(std::ranges::is_sorted(stops));
  for (std::size_t i = 0; i < stops.size(); ++i) {
    EXPECT_EQ(nearest_stop(stops, stops[i]), static_cast<int>(i));
  }
  EXPECT_EQ(stops[static_cast<std::size_t>(nearest_stop(stops, 1000))], 1024);
  EXPECT_EQ(nearest_stop(stops, 1e12), static_cast<int>(stops.size()) - 1);
  // In the middle of a doubling, not of a distance; zero has no doubling.
  EXPECT_EQ(nearest_stop({1, 100}, 9), 0);
  EXPECT_EQ(nearest_stop({1, 100}, 11), 1);
  EXPECT_EQ(nearest_stop({0, 100}, 49), 0);
  EXPECT_EQ(nearest_stop({0, 100}, 51), 1);
}

TEST(PolicyFields, ANewValueTakesThePlaceOfWhatItExcludes) {
  auto next = with_parameter(spec("snapkv:sparsity=0.5,window=32"), "budget", "100");
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(to_string(*next), "snapkv:budget=100,window=32");
  next = with_parameter(*next, "budget", "");
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(to_string(*next), "snapkv:window=32");
  EXPECT_FALSE(with_parameter(*next, "window", "0").ok());
  EXPECT_FALSE(with_parameter(*next, "widow", "1").ok());
}

TEST(PolicyFields, SharedParametersCarryOverAndTheRestIsRemembered) {
  PolicyMemory memory;
  memory.remember(spec("snapkv:sparsity=0.5,window=32"));
  EXPECT_EQ(to_string(memory.switched(spec("snapkv:sparsity=0.5,window=32"), "pyramidkv")),
            "pyramidkv:sparsity=0.5,window=32");
  // A recent window and a voting window are two things.
  EXPECT_EQ(to_string(memory.switched(spec("streaming:sinks=8,window=100"), "duo")),
            "duo:sparsity=0.5,sinks=8,window=100");
  EXPECT_EQ(to_string(memory.switched(spec("streaming:sinks=8,window=100"), "snapkv")),
            "snapkv:sparsity=0.5,window=32");
  // What is carried over wins over what is remembered and excluded by it.
  EXPECT_EQ(to_string(memory.switched(spec("tova:budget=64"), "snapkv")),
            "snapkv:budget=64,window=32");
}

TEST(PolicyFields, WhatIsMissingIsSaid) {
  const Status half = check_given(PolicySpec{"duo", {{"sinks", "8"}}});
  ASSERT_FALSE(half.ok());
  EXPECT_NE(half.error().message().find("neither sparsity nor heads"), std::string::npos)
      << half.error().message();
  EXPECT_TRUE(check_given(spec("duo:sparsity=0.5")).ok());
  EXPECT_TRUE(check_given(PolicySpec{"duo", {{"heads", "gates.tsv"}}}).ok());  // the file decides
  for (const PolicyDescriptor* policy : builtin_policies()) {
    if (policy->example != nullptr) {
      EXPECT_TRUE(check_given(*parse_policy(policy->example(64))).ok()) << policy->name;
    }
  }
}

// Whether the heads of a file need a share beside them is the file's to say.
TEST(PolicyFields, APolicyWithAFileComesBackAsItWasLeft) {
  PolicyMemory memory;
  const PolicySpec duo{"duo", {{"heads", "gates.tsv"}}};
  memory.remember(duo);
  EXPECT_EQ(memory.switched(spec("full"), "duo"), duo);
}

TEST(PolicyFields, PoliciesThatCountNeedNoTrace) {
  EXPECT_FALSE(needs_trace(*find_policy("full")));
  EXPECT_FALSE(needs_trace(*find_policy("snapkv")));
  EXPECT_FALSE(needs_trace(*find_policy("streaming")));
}

TEST(ScenarioFields, ReadBackWhatTheyWrite) {
  WhatIf odd;
  odd.prompt = 5000;
  odd.output = 7;
  odd.chunk = kWholePrompt;
  odd.last_prompt_token = LastPromptToken::kDecode;
  odd.accounting = Accounting::kPaper;
  odd.batch = 3;
  odd.block = 32;
  odd.kv_dtype = DType::kF16;
  odd.layout.quant = *parse_kv_quant("kivi:bits=2");
  odd.layout.index = *parse_kv_index("moba:block=512");
  odd.layout.alloc = KvAlloc::kRectangular;
  odd.layout.copies = KvCopies::kQuery;
  odd.seed = 9;
  odd.device = "h100-sxm";
  odd.weight_dtype = DType::kF32;
  odd.logits = LogitsRows::kAll;
  WhatIf copy;
  for (const ScenarioField& field : scenario_fields()) {
    const WhatIf before = copy;
    const Status status = field.write(copy, field.read(odd));
    ASSERT_TRUE(status.ok()) << field.name << ": " << status.error().message();
    EXPECT_NE(copy, before) << field.name;
  }
  EXPECT_EQ(copy, odd);
}

TEST(ScenarioFields, LimitsAreThoseOfTheWholeRun) {
  constexpr std::int64_t kMost = 2147483647;  // rows
  const auto write = [](WhatIf& what_if, const char* name, std::int64_t value) {
    return scenario_field(name).write(what_if, std::to_string(value)).ok();
  };
  WhatIf what_if;
  what_if.output = 10;
  EXPECT_TRUE(write(what_if, "prompt", kMost - 10));
  EXPECT_FALSE(write(what_if, "prompt", kMost - 9));
  EXPECT_TRUE(write(what_if, "output", 0));
  EXPECT_FALSE(write(what_if, "output", 11));
  what_if.trace = "any.h5";  // has a prompt of its own
  EXPECT_TRUE(write(what_if, "output", 11));
  EXPECT_TRUE(scenario_field("chunk").write(what_if, " all ").ok());
  EXPECT_EQ(what_if.chunk, kWholePrompt);
  EXPECT_FALSE(scenario_field("seed").write(what_if, "12x").ok());
  EXPECT_TRUE(scenario_field("seed").write(what_if, " 12 ").ok());
  EXPECT_EQ(what_if.seed, 12U);
}

TEST(ScenarioFields, NamesSayWhatIsOtherwise) {
  WhatIf typed;
  typed.kv_dtype = DType::kF16;
  EXPECT_EQ(name_apart_from(WhatIf{}, typed), "llama-3.1-8b · full · kv_dtype f16");
  EXPECT_EQ(name_apart_from(typed, WhatIf{}), "llama-3.1-8b · full · kv_dtype (default)");
  EXPECT_EQ(name_apart_from(typed, typed), "llama-3.1-8b · full");
}

// A trace has lengths and types of its own, whatever a shape would be given.
TEST(ScenarioFields, NamesAreApartByWhatCounts) {
  WhatIf shape;
  shape.chunk = 512;
  WhatIf trace = shape;
  trace.trace = "/somewhere/needle.h5";
  trace.prompt = 7;
  WhatIf asked = shape;
  asked.output = 12;
  EXPECT_EQ(name_apart_from(asked, trace), "needle.h5 · full · output (as recorded)");
  EXPECT_EQ(name_apart_from(trace, asked), "llama-3.1-8b · full · prompt 128K · output 12");
  EXPECT_EQ(name_apart_from(asked, shape), "llama-3.1-8b · full · output (default)");
}

}  // namespace
}  // namespace kvfoot::gui
