// What the CUDA backend holds while a model runs and after it, as its ledger counts it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "executor/cuda/backend/device_backend.hpp"
#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/emulator/emulated_device.hpp"
#include "executor/model/make_model.hpp"
#include "executor/run/session.hpp"
#include "sim/core/hash.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot::cuda {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kLayers = 2;
constexpr std::int64_t kHeads = 4;
constexpr std::int64_t kKvHeads = 2;
constexpr std::int64_t kHeadDim = 32;
constexpr std::int64_t kBlock = 16;
constexpr std::int64_t kFloat = 4;
constexpr const char* kHeavyHitters = "h2o:heavy=12,recent=8";

LlamaWeights small_model() {
  LlamaConfig config;
  config.hidden_size = 64;
  config.intermediate_size = 96;
  config.layers = kLayers;
  config.heads = kHeads;
  config.kv_heads = kKvHeads;
  config.head_dim = kHeadDim;
  config.vocab_size = 97;
  return std::move(make_random_llama(config, RandomModelOptions{.seed = 7, .attention_scale = 2.0}))
      .value();
}

std::unique_ptr<Backend> emulated() {
  return std::move(make_device_backend(make_emulated_device(), small_model(), "random")).value();
}

struct Setting {
  std::string policy = "full";
  std::int64_t prompt = 45;
  std::int64_t output = 6;
  std::int64_t chunk = kWholePrompt;
};

Result<SessionResult> try_run(Backend& backend, const Setting& setting) {
  std::vector<std::int32_t> prompt;
  for (std::int64_t i = 0; i < setting.prompt; ++i) {
    prompt.push_back(static_cast<std::int32_t>(below(hash_words(i), 97)));
  }
  SessionRequest request;
  request.prompt = prompt;
  request.run.prompt = setting.prompt;
  request.run.output = setting.output;
  request.run.chunk = setting.chunk;
  request.block = kBlock;
  KVFOOT_ASSIGN(const PolicySpec spec, parse_policy(setting.policy));
  KVFOOT_ASSIGN(const std::unique_ptr<const Policy> policy,
                make_policy(spec, {.shape = backend.shape(), .run = request.run}));
  request.policy = policy.get();
  return run_session(backend, request);
}

std::int64_t workspace(const Backend& backend) {
  return backend.counters().held[MemoryClass::kWorkspace];
}

// Workspace that is held when the run is over.
std::int64_t workspace_after(Backend& backend, const Setting& setting) {
  const auto result = try_run(backend, setting);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message());
  return workspace(backend);
}

// Every class is back at what the weights take when the cache is dropped.
TEST(BackendMemory, WhatIsTakenIsGivenBack) {
  const auto backend = emulated();
  const MemoryBytes before = backend->counters().held;
  EXPECT_EQ(before.total(), before[MemoryClass::kWeights]);
  for (const char* policy : {"full", kHeavyHitters, "snapkv:sparsity=0.5,window=4",
                             "streaming:sinks=2,window=9,reindex=true"}) {
    EXPECT_GT(workspace_after(*backend, {.policy = policy}), 0) << policy;
    ASSERT_TRUE(backend->reset(CacheOptions{}).ok());
    EXPECT_EQ(backend->counters().held, before) << policy;
  }
}

// The sums of a long prompt are not held once its entries are gone: 20 entries and the next token
// take 64 floats per query head, whatever the prompt.
TEST(BackendMemory, AccumulatorsShrinkWithTheEntries) {
  const auto backend = emulated();
  for (const auto& [prompt, chunk] :
       {std::pair{std::int64_t{45}, kWholePrompt}, std::pair{std::int64_t{300}, kWholePrompt},
        std::pair{std::int64_t{300}, std::int64_t{100}}}) {
    const Setting sums{.policy = kHeavyHitters, .prompt = prompt, .chunk = chunk};
    const std::int64_t all = workspace_after(*backend, sums);
    const Setting same{.policy = "tova:budget=20", .prompt = prompt, .chunk = chunk};
    const std::int64_t without_sums = workspace_after(*backend, same);
    const std::int64_t log_sum_exp = kHeads * kFloat;
    EXPECT_EQ(all - without_sums, kLayers * kHeads * 64 * kFloat + log_sum_exp)
        << prompt << " " << chunk;
  }
}

// The error says which memory was refused, the card's or the host's, and of which it was more.
TEST(BackendMemory, WhatRefusesIsNamed) {
  EmulatedOptions options;
  options.memory_bytes = 1 << 20;
  options.host_bytes = 1 << 20;
  const auto device = make_emulated_device(options);
  DeviceBlocks card(*device);
  HostBlocks host(*device);
  const auto message = [&] { return no_memory(card, host, "the cache", "evict").message(); };
  EXPECT_EQ(card.allocate(2 << 20), nullptr);
  EXPECT_EQ(message(),
            "CUDA device: not enough memory on the card for the cache (2.00 MiB more were asked "
            "for, 1.00 MiB are free); evict");
  EXPECT_EQ(host.allocate(3 << 20), nullptr);
  EXPECT_THAT(message(), HasSubstr("memory of the host for the cache (3.00 MiB more of it page"));
  EXPECT_THAT(message(), HasSubstr("memory of the host for the cache;"));  // nothing was refused

  EXPECT_EQ(host.allocate(3 << 20), nullptr);  // what was had after all is no reason
  host.release(host.allocate(1000));
  EXPECT_EQ(card.allocate(2 << 20), nullptr);
  EXPECT_THAT(message(), HasSubstr("on the card"));
}

// Weights go through two page-locked buffers of 16 MiB.
TEST(BackendMemory, AHostWithoutPageLockedMemoryIsNamed) {
  for (const std::int64_t mib : {1, 20}) {
    EmulatedOptions options;
    options.host_bytes = mib << 20;
    const auto made = make_device_backend(make_emulated_device(options), small_model(), "random");
    ASSERT_FALSE(made.ok());
    EXPECT_THAT(made.error().message(), HasSubstr("memory of the host for the weights"));
    EXPECT_EQ(made.error().kind, ErrorKind::kEnvironment);
  }
}

// Room doubles while nothing is evicted, but not beyond the 150 rows of the run.
TEST(BackendMemory, AccumulatorsEndWithTheRun) {
  const auto backend = emulated();
  const std::int64_t all = workspace_after(
      *backend, {.policy = "h2o:heavy=200,recent=200", .prompt = 120, .output = 30});
  const std::int64_t without_sums =
      workspace_after(*backend, {.policy = "tova:budget=400", .prompt = 120, .output = 30});
  EXPECT_EQ(all - without_sums, kLayers * kHeads * 192 * kFloat + kHeads * kFloat);
}

// The copy of one layer with rotated keys is workspace: pages of the longest stream while it is
// attended (2 sinks, a window of 9 and the new token: one page), whatever the prompt took.
TEST(BackendMemory, TheRotatedCopyIsCounted) {
  const auto backend = emulated();
  for (const std::int64_t prompt : {45, 300}) {
    const std::int64_t plain =
        workspace_after(*backend, {.policy = "streaming:sinks=2,window=9", .prompt = prompt});
    const Setting reindexed{.policy = "streaming:sinks=2,window=9,reindex=true", .prompt = prompt};
    const std::int64_t copied = workspace_after(*backend, reindexed);
    const std::int64_t entries = 12;
    const std::int64_t keys_and_values = kKvHeads * 2 * kBlock * kHeadDim * kFloat;
    const std::int64_t angles = 2 * entries * (kHeadDim / 2) * kFloat;
    const std::int64_t pointers = kKvHeads * 8;
    EXPECT_EQ(copied - plain, keys_and_values + angles + pointers) << prompt;
  }
}

}  // namespace
}  // namespace kvfoot::cuda
