// Lives found without a trace agree with what the replay counted, and with the driver over all
// layers at once.
#include "gui/model/known_lives.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/cache/driver.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

OutcomePtr outcome_of(const WhatIf& what_if) {
  SourceCache sources;
  auto outcome = compute(what_if, sources);
  return outcome ? *outcome : nullptr;
}

WhatIf shape_of(const std::string& policy, const std::string& shape = "llama-3.2-1b") {
  WhatIf what_if = shaped(policy, {.prompt = 200, .chunk = 64, .output = 12});
  what_if.shape = shape;
  return what_if;
}

// One sink and a window of two, chunks of two.
WhatIf sink_and_window() {
  WhatIf what_if = shaped("streaming:sinks=1,window=2", {.prompt = 4, .chunk = 2, .output = 4});
  what_if.shape = "llama-3.2-1b";
  return what_if;
}

// Every row of every stream: what the lives leave resident is what the profile counts.
void expect_like_profile(const Outcome& outcome) {
  const ResidenceProfile& profile = *outcome.replay.profile;
  const RunLengths& run = outcome.result.inputs.run;
  std::vector<std::int64_t> inactive(static_cast<std::size_t>(run.rows()));
  std::vector<std::int64_t> live(inactive.size());
  for (std::int32_t layer = 0; layer < outcome.layers(); ++layer) {
    const auto streams = lives_of_layer(outcome, layer);
    ASSERT_TRUE(streams) << streams.error().message();
    ASSERT_EQ(static_cast<std::int32_t>(streams->size()), outcome.heads());
    for (std::int32_t head = 0; head < outcome.heads(); ++head) {
      const StreamLife& life = (*streams)[static_cast<std::size_t>(head)];
      for (std::int64_t row = 0; row < run.rows(); ++row) {
        std::int64_t resident = 0;
        for (std::int64_t key = 0; key <= row; ++key) {
          const auto state = entry_story(outcome, life, layer, head, row, key).state;
          resident += state != EntryStory::State::kEvicted ? 1 : 0;
          inactive[static_cast<std::size_t>(row)] += state == EntryStory::State::kInactive ? 1 : 0;
          live[static_cast<std::size_t>(row)] += state == EntryStory::State::kLive ? 1 : 0;
        }
        const Pass pass = pass_at(run, run.pass_of(row), 0);
        const std::int64_t stream = std::int64_t{layer} * outcome.heads() + head;
        ASSERT_EQ(resident, profile.past(stream, pass.index) + row - pass.begin + 1)
            << "layer " << layer << " head " << head << " row " << row;
      }
    }
  }
  for (std::int64_t row = 0; row < run.rows(); ++row) {
    EXPECT_EQ(profile.at(row).inactive, inactive[static_cast<std::size_t>(row)]) << row;
    EXPECT_EQ(profile.at(row).live, live[static_cast<std::size_t>(row)]) << row;
  }
}

TEST(KnownLives, LeaveWhatTheProfileCounts) {
  for (const char* policy :
       {"full", "streaming:sinks=3,window=50", "duo:sparsity=0.5,sinks=8,window=40",
        "duo:sparsity=0.3,sinks=2,window=16,rest=streaming:sinks=1,window=90",
        "random:sparsity=0.6", "random:budget=100,cap=true"}) {
    SCOPED_TRACE(policy);
    WhatIf what_if = shape_of(policy);
    const auto outcome = outcome_of(what_if);
    ASSERT_NE(outcome, nullptr);
    EXPECT_EQ(lives_source(*outcome), LivesSource::kPolicy);
    expect_like_profile(*outcome);
    what_if.last_prompt_token = LastPromptToken::kDecode;
    what_if.chunk = kWholePrompt;
    const auto decoded = outcome_of(what_if);
    ASSERT_NE(decoded, nullptr);
    expect_like_profile(*decoded);
  }
}

TEST(KnownLives, SlidingLayersKeepTheirWindow) {
  WhatIf what_if = shape_of("streaming:sinks=3,window=50", "gpt-oss-20b");
  what_if.prompt = 400;
  what_if.chunk = 150;
  const auto outcome = outcome_of(what_if);
  ASSERT_NE(outcome, nullptr);
  ASSERT_TRUE(outcome->result.inputs.shape.hybrid());
  ASSERT_LT(outcome->result.inputs.shape.sliding.window, 150);
  expect_like_profile(*outcome);
}

StreamLives lives_of_all_layers(const Outcome& outcome, const ModelShape& shape) {
  const RunLengths& run = outcome.result.inputs.run;
  StreamLives all(run, shape.layers, outcome.heads());
  PolicyDriver driver(*outcome.replay.policy, shape, run, &all);
  for (std::int64_t pass = 0; pass < run.passes(); ++pass) {
    driver.begin_pass(pass_at(run, pass, 0));
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      driver.append(layer);
      EXPECT_TRUE(driver.decide(layer, nullptr));
    }
    driver.end_pass();
  }
  return all;
}

TEST(KnownLives, OneLayerAtATimeDecidesAsAllOfThemDo) {
  for (const char* policy : {"duo:sparsity=0.4,sinks=8,window=40", "random:sparsity=0.6"}) {
    SCOPED_TRACE(policy);
    const auto outcome = outcome_of(shape_of(policy));
    ASSERT_NE(outcome, nullptr);
    const RunInputs& inputs = outcome->result.inputs;
    const StreamLives all = lives_of_all_layers(*outcome, inputs.shape);
    for (std::int32_t layer = 0; layer < inputs.shape.layers; ++layer) {
      const auto streams = lives_of_layer(*outcome, layer);
      ASSERT_TRUE(streams);
      for (std::int32_t head = 0; head < outcome->heads(); ++head) {
        EXPECT_EQ(*(*streams)[static_cast<std::size_t>(head)].evicted_at,
                  all.evicted_at(layer, head));
      }
    }
  }
}

// The policy counts the layers with full attention alone: of gpt-oss-20b every other one.
TEST(KnownLives, LayersOfAHybridModelAreThoseThatThePolicyCounts) {
  for (const char* policy : {"duo:sparsity=0.4,sinks=8,window=40", "random:sparsity=0.6"}) {
    SCOPED_TRACE(policy);
    const auto outcome = outcome_of(shape_of(policy, "gpt-oss-20b"));
    ASSERT_NE(outcome, nullptr);
    expect_like_profile(*outcome);
    const RunInputs& inputs = outcome->result.inputs;
    const ModelShape full = policy_shape(inputs.shape);
    ASSERT_EQ(2 * full.layers, inputs.shape.layers);
    const StreamLives all = lives_of_all_layers(*outcome, full);
    std::int32_t index = 0;
    for (std::int32_t layer = 0; layer < inputs.shape.layers; ++layer) {
      if (inputs.shape.window(layer) > 0) {
        continue;
      }
      const auto streams = lives_of_layer(*outcome, layer);
      ASSERT_TRUE(streams);
      for (std::int32_t head = 0; head < outcome->heads(); ++head) {
        EXPECT_EQ(*(*streams)[static_cast<std::size_t>(head)].evicted_at,
                  all.evicted_at(index, head))
            << "layer " << layer << " head " << head;
      }
      ++index;
    }
    EXPECT_EQ(index, full.layers);
  }
}

TEST(KnownLives, StreamsThatLoseTheSameShareOneList) {
  const auto outcome = outcome_of(shape_of("streaming:sinks=3,window=50"));
  ASSERT_NE(outcome, nullptr);
  const auto streams = lives_of_layer(*outcome, 0);
  ASSERT_TRUE(streams);
  EXPECT_EQ(streams->front().evicted_at, streams->back().evicted_at);
}

TEST(KnownLives, WhoKnowsThem) {
  const auto shape = outcome_of(shape_of("snapkv:sparsity=0.5"));
  ASSERT_NE(shape, nullptr);
  EXPECT_EQ(lives_source(*shape), LivesSource::kNeedsTrace);
  WhatIf paper = shape_of("streaming");
  paper.accounting = Accounting::kPaper;
  const auto closed = outcome_of(paper);
  ASSERT_NE(closed, nullptr);
  EXPECT_EQ(lives_source(*closed), LivesSource::kPaper);
  WhatIf traced;
  traced.trace = bundled_trace("kv-192-snapkv-rows.h5");
  traced.policy = *parse_policy("snapkv:sparsity=0.5");
  SourceCache sources;
  traced.chunk = 64;
  auto trace = sources.trace(traced.trace);
  ASSERT_TRUE(trace);
  traced.policy = *parse_policy((*trace)->header().policy);
  traced.chunk = (*trace)->header().run.chunk;
  const auto outcome = outcome_of(traced);
  ASSERT_NE(outcome, nullptr);
  EXPECT_EQ(lives_source(*outcome), LivesSource::kLog);
  expect_like_profile(*outcome);
  const auto forgotten = compute(traced, sources, {}, 1);
  ASSERT_TRUE(forgotten);
  EXPECT_EQ(lives_source(**forgotten), LivesSource::kTooLong);
}

TEST(KnownLives, AreGivenUpWhereTheyWouldTakeTooLong) {
  const auto outcome = outcome_of(shape_of("streaming:sinks=3,window=50"));
  ASSERT_NE(outcome, nullptr);
  const auto capped = lives_of_layer(*outcome, 0, nullptr, 1000);
  ASSERT_FALSE(capped);
  EXPECT_NE(capped.error().message().find("more than 1000 entries"), std::string::npos);
  // Asked after every pass but the first, which fits; each time a stream holds four entries.
  const auto small = outcome_of(sink_and_window());
  ASSERT_NE(small, nullptr);
  const std::int64_t visits = small->heads() * 5 * 4;
  EXPECT_FALSE(lives_of_layer(*small, 1, nullptr, visits - 1));
  EXPECT_TRUE(lives_of_layer(*small, 1, nullptr, visits));
  const std::atomic<bool> cancel = true;
  const auto cancelled = lives_of_layer(*outcome, 0, &cancel);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().kind, ErrorKind::kInterrupted);
}

TEST(KnownLives, AreGivenUpWhereTheyWouldNotFit) {
  WhatIf what_if = shape_of("streaming:sinks=4,window=60");
  what_if.prompt = 300'000'000;
  what_if.chunk = 1 << 26;
  const auto outcome = outcome_of(what_if);
  ASSERT_NE(outcome, nullptr);
  const auto streams = lives_of_layer(*outcome, 0);
  ASSERT_FALSE(streams);
  EXPECT_NE(streams.error().message().find("more than a gigabyte"), std::string::npos);
  // Layers that slide of themselves need a list as well.
  WhatIf sliding = shape_of("full", "gpt-oss-20b");
  sliding.prompt = what_if.prompt;
  sliding.chunk = what_if.chunk;
  const auto slides = outcome_of(sliding);
  ASSERT_NE(slides, nullptr);
  ASSERT_GT(slides->result.inputs.shape.window(0), 0);
  const auto lists = lives_of_layer(*slides, 0);
  ASSERT_FALSE(lists);
  EXPECT_NE(lists.error().message().find("more than a gigabyte"), std::string::npos);
  const auto small = outcome_of(shape_of("full", "gpt-oss-20b"));
  ASSERT_NE(small, nullptr);
  const std::atomic<bool> cancel = true;
  const auto cancelled = lives_of_layer(*small, 0, &cancel);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().kind, ErrorKind::kInterrupted);
}

TEST(KnownLives, SayWhatFreedAnEntry) {
  // Pass 1 (rows 2 and 3) holds 4 entries and keeps 0, 2 and 3.
  const auto outcome = outcome_of(sink_and_window());
  ASSERT_NE(outcome, nullptr);
  const auto streams = lives_of_layer(*outcome, 0);
  ASSERT_TRUE(streams);
  EXPECT_EQ(*streams->front().evicted_at, (std::vector<std::int32_t>{8, 4, 5, 6, 7, 8, 8, 8}));
  const EntryStory story = entry_story(*outcome, streams->front(), 0, 0, 5, 1);
  EXPECT_EQ(story.state, EntryStory::State::kEvicted);
  ASSERT_TRUE(story.end);
  EXPECT_EQ(story.end->pass.index, 1);
  EXPECT_EQ(story.end->pass.end, 4);
  EXPECT_EQ(story.end->held, 4);
  EXPECT_EQ(story.end->kept, 3);
  EXPECT_EQ(entry_story(*outcome, streams->front(), 0, 0, 3, 1).state, EntryStory::State::kLive);
  EXPECT_EQ(entry_story(*outcome, streams->front(), 0, 0, 3, 4).state, EntryStory::State::kUnborn);
  EXPECT_FALSE(entry_story(*outcome, streams->front(), 0, 0, 7, 0).end);
}

// Streaming heads beside others: what a pass held and kept is counted per stream.
TEST(KnownLives, CountWhatThePassHeldInTheirOwnStream) {
  const auto outcome = outcome_of(shape_of("duo:sparsity=0.5,sinks=8,window=40"));
  ASSERT_NE(outcome, nullptr);
  const RunLengths& run = outcome->result.inputs.run;
  std::int64_t ends = 0;
  for (std::int32_t layer = 0; layer < outcome->layers(); ++layer) {
    const auto streams = lives_of_layer(*outcome, layer);
    ASSERT_TRUE(streams);
    for (std::int32_t head = 0; head < outcome->heads(); ++head) {
      const StreamLife& life = (*streams)[static_cast<std::size_t>(head)];
      const auto later_than = [&](std::int64_t row, std::int64_t keys) {
        return std::count_if(life.evicted_at->begin(), life.evicted_at->begin() + keys,
                             [&](std::int32_t gone) { return gone > row; });
      };
      for (const std::int64_t key : {20, 150}) {
        const EntryStory story = entry_story(*outcome, life, layer, head, run.rows() - 1, key);
        if (story.end) {
          const Pass& pass = story.end->pass;
          EXPECT_EQ(story.end->held, later_than(pass.begin, pass.end)) << layer << " " << head;
          EXPECT_EQ(story.end->kept, later_than(pass.end, pass.end)) << layer << " " << head;
          ++ends;
        }
      }
    }
  }
  EXPECT_GT(ends, outcome->layers());
}

}  // namespace
}  // namespace kvfoot::gui
