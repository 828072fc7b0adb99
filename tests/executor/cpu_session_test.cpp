// Real inference through the loop: what must not change the numbers does not change them.
#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <string>
#include <vector>

#include "executor/cpu/cpu_backend.hpp"
#include "executor/model/make_model.hpp"
#include "executor/run/session.hpp"
#include "sim/cache/decision_list.hpp"
#include "sim/core/hash.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kPrompt = 75;
constexpr std::int64_t kOutput = 6;

// A random model whose attention is sharp enough for evictions to matter.
std::unique_ptr<Backend> backend(int threads = 2) {
  LlamaConfig config;
  config.hidden_size = 48;
  config.intermediate_size = 96;
  config.layers = 3;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 12;
  config.vocab_size = 97;
  auto weights = make_random_llama(config, RandomModelOptions{.seed = 7, .attention_scale = 3.0});
  EXPECT_TRUE(weights.ok());
  auto made = make_cpu_backend(std::move(weights).value(), "random", CpuOptions{threads});
  EXPECT_TRUE(made.ok());
  return std::move(made).value();
}

struct Watched final : RunObserver, AttentionObserver {
  AttentionObserver* attention() override { return tiles ? this : nullptr; }
  Status begin_pass(const Pass&, bool, std::span<const std::int32_t>,
                    std::span<const TokenPos>) override {
    return {};
  }
  Status end_attention(std::int32_t, Backend&) override { return {}; }
  Status end_pass(const PassMemory&, std::int64_t) override { return {}; }
  void on_decision(const DecisionRecord& record) override { list.on_decision(record); }
  void on_answer(std::int32_t, std::int32_t, std::int32_t, const AttentionQuery&,
                 std::span<const float> values) override {
    answers.insert(answers.end(), values.begin(), values.end());
  }
  void on_tile(const AttentionTile&) override { ++tile_count; }

  bool tiles = false;
  std::atomic<int> tile_count{0};
  DecisionList list;
  std::vector<float> answers;
};

struct Outcome {
  std::vector<std::vector<float>> logits;  // (outputs, vocab)
  SessionResult session;
  std::vector<DecisionRecord> decisions;
  std::vector<float> answers;
  int tiles = 0;
};

struct Setting {
  std::int64_t chunk = kWholePrompt;
  std::string policy = "full";
  bool record = false;
  int threads = 2;
  std::vector<std::int32_t> forced{};
};

Outcome run(const Setting& setting) {
  std::vector<std::int32_t> prompt;
  for (std::int64_t i = 0; i < kPrompt; ++i) {
    prompt.push_back(static_cast<std::int32_t>(below(hash_words(i), 97)));
  }
  const auto model = backend(setting.threads);
  const RunLengths lengths{.prompt = kPrompt, .output = kOutput, .chunk = setting.chunk};
  const auto spec = parse_policy(setting.policy);
  EXPECT_TRUE(spec.ok()) << setting.policy;
  const auto policy = make_policy(*spec, PolicyContext{.shape = model->shape(), .run = lengths});
  EXPECT_TRUE(policy.ok()) << setting.policy;
  Outcome outcome;
  Watched watched;
  watched.tiles = setting.record;
  SessionRequest request;
  request.prompt = prompt;
  request.run = lengths;
  request.policy = policy->get();
  request.forced_output = setting.forced;
  request.observer = &watched;
  request.on_logits = [&](std::size_t, std::span<const float> logits) {
    outcome.logits.emplace_back(logits.begin(), logits.end());
  };
  auto session = run_session(*model, request);
  EXPECT_TRUE(session.ok()) << session.error().message();
  outcome.session = std::move(session).value();
  outcome.decisions = watched.list.records();
  outcome.answers = watched.answers;
  outcome.tiles = watched.tile_count;
  return outcome;
}

TEST(CpuSession, FullAttentionIsInvariantToTheChunkSizeBitForBit) {
  const Outcome whole = run({});
  ASSERT_EQ(whole.logits.size(), static_cast<std::size_t>(kOutput));
  for (const std::int64_t chunk : {1, 2, 7, 16, 33, 64, 74}) {
    EXPECT_EQ(run({.chunk = chunk}).logits, whole.logits) << "chunk " << chunk;
  }
}

TEST(CpuSession, PoliciesThatKeepEverythingReproduceFullAttention) {
  const Outcome full = run({.chunk = 16});
  for (const char* policy :
       {"streaming:sinks=0,window=100", "streaming:sinks=40,window=60", "duo:sparsity=0",
        "snapkv:sparsity=0,window=8", "snapkv:sparsity=0,window=8,patch=true",
        "pyramidkv:sparsity=0,window=8", "h2o:heavy=50,recent=50", "tova:budget=100",
        "snapkv:sparsity=0,window=8,group=none"}) {
    const Outcome kept = run({.chunk = 16, .policy = policy});
    EXPECT_EQ(kept.logits, full.logits) << policy;
    EXPECT_TRUE(kept.decisions.empty()) << policy;
  }
}

// Eviction follows the pass, so the first token of a one-pass prefill has seen everything.
TEST(CpuSession, TheFirstTokenAfterOnePassIsThatOfFullAttention) {
  const Outcome full = run({});
  for (const PolicyDescriptor* descriptor : builtin_policies()) {
    if (descriptor->replay_only) {
      continue;
    }
    const std::string policy = descriptor->example(kPrompt);
    const Outcome evicting = run({.policy = policy, .forced = full.session.output});
    EXPECT_EQ(evicting.logits.front(), full.logits.front()) << policy;
    if (descriptor->name != "full") {
      EXPECT_FALSE(evicting.decisions.empty()) << policy;
      EXPECT_NE(evicting.logits.back(), full.logits.back()) << policy << " changed nothing";
    }
  }
}

TEST(CpuSession, WatchingChangesNothing) {
  for (const PolicyDescriptor* descriptor : builtin_policies()) {
    if (descriptor->replay_only) {
      continue;
    }
    const Setting setting{.chunk = 20, .policy = descriptor->example(kPrompt)};
    const Outcome plain = run(setting);
    Setting recorded_setting = setting;
    recorded_setting.record = true;
    const Outcome recorded = run(recorded_setting);
    EXPECT_EQ(plain.logits, recorded.logits) << setting.policy;
    EXPECT_EQ(plain.decisions, recorded.decisions) << setting.policy;
    EXPECT_EQ(plain.answers, recorded.answers) << setting.policy;
    EXPECT_EQ(plain.tiles, 0);
    EXPECT_GT(recorded.tiles, 0);
  }
}

TEST(CpuSession, AnyNumberOfThreadsGivesTheSameBits) {
  for (const char* policy : {"full", "snapkv:sparsity=0.5,window=8", "h2o:heavy=16,recent=16"}) {
    const Outcome one = run({.chunk = 30, .policy = policy, .threads = 1});
    for (const int threads : {2, 3, 5}) {
      const Outcome many = run({.chunk = 30, .policy = policy, .threads = threads});
      EXPECT_EQ(one.logits, many.logits) << policy << " on " << threads;
      EXPECT_EQ(one.decisions, many.decisions) << policy << " on " << threads;
      EXPECT_EQ(one.answers, many.answers) << policy << " on " << threads;
    }
  }
}

// Copies per query head that keep what the group keeps are the same model, with G times the pages.
TEST(CpuSession, StorageHeadsChangeBytesNotNumbersWhenEverythingIsKept) {
  const Outcome grouped = run({.chunk = 25, .policy = "snapkv:sparsity=0,window=8"});
  const Outcome copies = run({.chunk = 25, .policy = "snapkv:sparsity=0,window=8,group=none"});
  EXPECT_EQ(grouped.logits, copies.logits);
  EXPECT_EQ(copies.session.peak_kv_bytes, 2 * grouped.session.peak_kv_bytes);
}

// n = 75 in chunks of 25: int(0.5 * 25) = 12 entries of each chunk survive, patched or not;
// decoding adds one entry per row.
TEST(CpuSession, EveryChunkLeavesItsBudget) {
  for (const char* policy :
       {"snapkv:sparsity=0.5,window=8", "snapkv:sparsity=0.5,window=8,patch=true"}) {
    const Outcome outcome = run({.chunk = 25, .policy = policy});
    const std::vector<std::int64_t> expected{12, 24, 36, 37, 38, 39, 40, 41, 42};
    ASSERT_EQ(outcome.session.memory.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(outcome.session.memory[i].resident_entries, expected[i] * 3 * 2) << policy;
    }
    EXPECT_EQ(outcome.session.patch_rows,
              std::string(policy).find("patch") == std::string::npos ? 0 : 2 * 8);
  }
}

TEST(CpuSession, EvictionGivesPagesBack) {
  const Outcome full = run({.chunk = 25});
  const Outcome streaming = run({.chunk = 25, .policy = "streaming:sinks=4,window=12"});
  // 16 entries are one page of 16: 3 layers x 2 heads.
  EXPECT_EQ(streaming.session.memory.back().pages, 3 * 2);
  EXPECT_EQ(full.session.memory.back().pages, 3 * 2 * 6);
  EXPECT_LT(streaming.session.peak_kv_bytes, full.session.peak_kv_bytes);
}

// Recorders work inside the threads of the backend: what one throws there must not end the program.
TEST(CpuSession, ARecorderThatRunsOutOfMemoryIsAnEnvironmentError) {
  struct Hungry final : RunObserver, AttentionObserver {
    AttentionObserver* attention() override { return this; }
    Status begin_pass(const Pass&, bool, std::span<const std::int32_t>,
                      std::span<const TokenPos>) override {
      return {};
    }
    Status end_attention(std::int32_t, Backend&) override { return {}; }
    Status end_pass(const PassMemory&, std::int64_t) override { return {}; }
    void on_decision(const DecisionRecord&) override {}
    void on_answer(std::int32_t, std::int32_t, std::int32_t, const AttentionQuery&,
                   std::span<const float>) override {}
    void on_tile(const AttentionTile& tile) override {
      if (tile.layer == 1 && tile.q_head == 2) {
        throw std::bad_alloc();
      }
    }
  };
  for (const int threads : {1, 3}) {
    const auto model = backend(threads);
    const RunLengths lengths{.prompt = 40, .output = 2, .chunk = 16};
    const auto policy =
        make_policy(*parse_policy("full"), PolicyContext{.shape = model->shape(), .run = lengths});
    Hungry hungry;
    const std::vector<std::int32_t> prompt(40, 3);
    SessionRequest request;
    request.prompt = prompt;
    request.run = lengths;
    request.policy = policy->get();
    request.observer = &hungry;
    const auto session = run_session(*model, request);
    ASSERT_FALSE(session.ok());
    EXPECT_EQ(session.error().kind, ErrorKind::kEnvironment);
  }
}

}  // namespace
}  // namespace kvfoot
