// The loop alone, on a backend without arithmetic.
#include "executor/run/session.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "sim/policy/descriptor.hpp"
#include "tests/executor/fake_backend.hpp"

namespace kvfoot {
namespace {

using test::FakeBackend;

const ModelShape kShape{.name = "tiny",
                        .layers = 2,
                        .q_heads = 4,
                        .kv_heads = 2,
                        .head_dim = 8,
                        .hidden = 32,
                        .ffn = 64,
                        .vocab = 100};

struct Case {
  std::vector<std::int32_t> prompt;
  SessionRequest request;
  std::unique_ptr<const Policy> policy;
};

// Token at position p is 10 + p.
Case make_case(const std::string& policy, const RunLengths& run) {
  Case result;
  result.prompt.resize(static_cast<std::size_t>(run.prompt));
  std::iota(result.prompt.begin(), result.prompt.end(), 10);
  const auto spec = parse_policy(policy);
  EXPECT_TRUE(spec.ok());
  auto made = make_policy(*spec, PolicyContext{.shape = kShape, .run = run});
  EXPECT_TRUE(made.ok());
  result.policy = std::move(made).value();
  result.request.run = run;
  result.request.policy = result.policy.get();
  return result;
}

Result<SessionResult> go(FakeBackend& backend, Case& c) {
  c.request.prompt = c.prompt;
  return run_session(backend, c.request);
}

TEST(Session, FeedsChunksThenEachOutputTokenAsARow) {
  FakeBackend backend(kShape);
  Case c = make_case("full", {.prompt = 5, .output = 2, .chunk = 2});
  const auto result = go(backend, c);
  ASSERT_TRUE(result.ok()) << result.error().message();
  // The first output token comes from the row at position 4, the second from the row at 5.
  EXPECT_EQ(result->output, (std::vector<std::int32_t>{4, 5}));
  EXPECT_EQ(backend.log, (std::vector<std::string>{"pass 10@0 11@1", "pass 12@2 13@3", "pass 14@4",
                                                   "pass 4@5", "pass 5@6"}));
  EXPECT_EQ(result->memory.size(), 5U);
  EXPECT_EQ(result->memory.back().resident_entries, 7 * 4);
}

TEST(Session, GenerationAloneSkipsTheRowOfTheLastToken) {
  FakeBackend backend(kShape);
  Case c = make_case("full", {.prompt = 3, .output = 2, .chunk = kWholePrompt});
  c.request.run_last_token = false;
  const auto result = go(backend, c);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output.size(), 2U);
  EXPECT_EQ(backend.log.size(), 2U);
}

TEST(Session, LastPromptTokenCanBeTheFirstDecodeRow) {
  FakeBackend backend(kShape);
  Case c = make_case("full", {.prompt = 4,
                              .output = 1,
                              .chunk = kWholePrompt,
                              .last_prompt_token = LastPromptToken::kDecode});
  const auto result = go(backend, c);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(backend.log,
            (std::vector<std::string>{"pass 10@0 11@1 12@2", "pass 13@3", "pass 3@4"}));
  EXPECT_EQ(result->output, (std::vector<std::int32_t>{3}));
}

TEST(Session, PatchRowsRepeatTheEndOfThePromptAndLeaveNothingBehind) {
  FakeBackend backend(kShape);
  Case c = make_case("snapkv:sparsity=0.5,window=2,kernel=1,patch=true",
                     {.prompt = 8, .output = 0, .chunk = 4});
  const auto result = go(backend, c);
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(backend.log[0], "pass 10@0 11@1 12@2 13@3 +16@4 +17@5");
  EXPECT_EQ(backend.log[1], "pass 14@4 15@5 16@6 17@7");
  EXPECT_EQ(result->patch_rows, 2);
  EXPECT_EQ(backend.options().most_entries, 8 + 2);
  for (std::int32_t head = 0; head < 2; ++head) {
    // int(0.5 * 4) survivors of each chunk: by score of the first, the window of the last.
    EXPECT_EQ(backend.list(1, head), (std::vector<TokenPos>{2, 3, 6, 7}));
  }
}

TEST(Session, EvictsWhatAStreamingHeadForgets) {
  FakeBackend backend(kShape);
  Case c = make_case("streaming:sinks=1,window=2", {.prompt = 8, .output = 4, .chunk = 4});
  const auto result = go(backend, c);
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(backend.list(0, 0), (std::vector<TokenPos>{0, 10, 11}));
  // Three pages of 16 entries would do for one token as well: pages never sink below one per
  // stream.
  EXPECT_EQ(result->memory.back().pages, 4);
}

TEST(Session, StopsAtAStopTokenAndSaysSo) {
  FakeBackend backend(kShape);
  Case c = make_case("full", {.prompt = 3, .output = 10, .chunk = kWholePrompt});
  const std::vector<std::int32_t> stop{3};
  c.request.stop_tokens = stop;
  const auto result = go(backend, c);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, (std::vector<std::int32_t>{2, 3}));
  EXPECT_EQ(result->run.output, 2);
  EXPECT_TRUE(result->stopped_early);
}

TEST(Session, ForcedTokensAreFedInsteadOfSampled) {
  FakeBackend backend(kShape);
  Case c = make_case("full", {.prompt = 2, .output = 2, .chunk = kWholePrompt});
  const std::vector<std::int32_t> forced{77, 78};
  c.request.forced_output = forced;
  const auto result = go(backend, c);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(backend.log.back(), "pass 78@3");
}

TEST(Session, CancelEndsWithAnInterruptedError) {
  FakeBackend backend(kShape);
  Case c = make_case("full", {.prompt = 4, .output = 2, .chunk = 2});
  std::atomic<bool> cancel{false};
  c.request.cancel = &cancel;
  c.request.on_progress = [&](std::int64_t done, std::int64_t) { cancel = done >= 2; };
  const auto result = go(backend, c);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kInterrupted);
  EXPECT_EQ(backend.log.size(), 1U);
}

// A pass over a long prompt is not waited for.
TEST(Session, CancelIsHeardBetweenLayers) {
  struct Impatient final : RunObserver {
    AttentionObserver* attention() override { return nullptr; }
    Status begin_pass(const Pass&, bool, std::span<const std::int32_t>,
                      std::span<const TokenPos>) override {
      return {};
    }
    Status end_attention(std::int32_t, Backend&) override {
      cancel = true;
      ++layers;
      return {};
    }
    Status end_pass(const PassMemory&, std::int64_t) override { return {}; }
    void on_decision(const DecisionRecord&) override {}
    void on_answer(std::int32_t, std::int32_t, std::int32_t, const AttentionQuery&,
                   std::span<const float>) override {}
    std::atomic<bool> cancel{false};
    int layers = 0;
  } observer;
  FakeBackend backend(kShape);
  ASSERT_GT(kShape.layers, 1);
  Case c = make_case("full", {.prompt = 4, .output = 2, .chunk = kWholePrompt});
  c.request.observer = &observer;
  c.request.cancel = &observer.cancel;
  const auto result = go(backend, c);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kInterrupted);
  EXPECT_EQ(observer.layers, 1);
}

TEST(Session, SideVotesRunTheQuestionAtChosenChunkEndsAndAreDropped) {
  FakeBackend backend(kShape);
  Case c = make_case("full", {.prompt = 8, .output = 0, .chunk = 2});
  const std::vector<std::int64_t> sizes{4};
  c.request.side_chunks = sizes;
  c.request.side_window = 1;
  const auto result = go(backend, c);
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(backend.log, (std::vector<std::string>{"pass 10@0 11@1", "pass 12@2 13@3", "pass +17@4",
                                                   "pass 14@4 15@5", "pass 16@6 17@7"}));
  EXPECT_EQ(backend.list(0, 0), (std::vector<TokenPos>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(result->memory.size(), 4U);
}

TEST(Session, RefusesLengthsThatDoNotFit) {
  FakeBackend backend(kShape);
  Case c = make_case("full", {.prompt = 8, .output = 0, .chunk = 3});
  const std::vector<std::int64_t> sizes{4};
  c.request.side_chunks = sizes;
  EXPECT_FALSE(go(backend, c).ok());
  c.request.side_chunks = {};
  c.prompt.pop_back();
  EXPECT_FALSE(go(backend, c).ok());
}

}  // namespace
}  // namespace kvfoot
