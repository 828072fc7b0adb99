// Whole models on the emulated card: the numbers of the CPU backend, the pages of the simulator,
// and an end without leaks wherever memory or the card gives out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <vector>

#include "executor/cpu/cpu_backend.hpp"
#include "executor/cuda/backend/device_backend.hpp"
#include "executor/cuda/emulator/emulated_device.hpp"
#include "executor/model/make_model.hpp"
#include "executor/run/session.hpp"
#include "sim/cache/decision_list.hpp"
#include "sim/core/hash.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot::cuda {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kPrompt = 45;
constexpr std::int64_t kOutput = 6;

LlamaConfig small_config() {
  LlamaConfig config;
  config.hidden_size = 64;
  config.intermediate_size = 96;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 32;
  config.vocab_size = 97;
  return config;
}

LlamaWeights weights_of(DType type, const LlamaConfig& config = small_config()) {
  return std::move(make_random_llama(
                       config, RandomModelOptions{.seed = 7, .type = type, .attention_scale = 2.0}))
      .value();
}

std::unique_ptr<Backend> emulated(DType type, const EmulatedOptions& options = {},
                                  const LlamaConfig& config = small_config()) {
  auto made =
      make_device_backend(make_emulated_device(options), weights_of(type, config), "random");
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message());
  return made.ok() ? std::move(made).value() : nullptr;
}

std::unique_ptr<Backend> cpu(DType type) {
  return std::move(make_cpu_backend(weights_of(type), "random", {.threads = 1})).value();
}

struct Watched final : RunObserver, AttentionObserver {
  AttentionObserver* attention() override { return tiles ? this : nullptr; }
  Status begin_pass(const Pass& pass, bool /*side*/, std::span<const std::int32_t> /*tokens*/,
                    std::span<const TokenPos> /*positions*/) override {
    pass_index = pass.index;
    return {};
  }
  Status end_attention(std::int32_t /*layer*/, Backend& backend) override {
    if (tiles) {
      for (std::int32_t head = 0; head < backend.shape().kv_heads; ++head) {
        const auto of_head = backend.key_norms(head);
        norms.insert(norms.end(), of_head.begin(), of_head.end());
      }
    }
    return {};
  }
  Status end_pass(const PassMemory& /*memory*/, std::int64_t /*wall_ns*/) override { return {}; }
  void on_decision(const DecisionRecord& record) override { list.on_decision(record); }
  void on_answer(std::int32_t /*pass*/, std::int32_t /*layer*/, std::int32_t /*head*/,
                 const AttentionQuery& /*query*/, std::span<const float> values) override {
    answers.insert(answers.end(), values.begin(), values.end());
  }
  void on_tile(const AttentionTile& tile) override {
    for (std::int32_t r = 0; r < tile.rows; ++r) {
      const float* row = tile.probability + r * tile.stride;
      const double sum = std::accumulate(row, row + tile.past + tile.first_row + r + 1, 0.0);
      if (std::abs(sum - 1) < 1e-4 && std::isfinite(tile.log_sum_exp[r])) {
        ++good_rows;
      }
      const std::lock_guard lock(mutex);
      rows[{pass_index, tile.layer, tile.q_head, tile.first_row + r}].assign(
          row, row + tile.past + tile.first_row + r + 1);
    }
  }

  using RowName = std::array<std::int32_t, 4>;  // pass, layer, query head, row

  bool tiles = false;
  std::int32_t pass_index = 0;
  std::mutex mutex;
  std::map<RowName, std::vector<float>> rows;
  std::atomic<std::int64_t> good_rows{0};
  DecisionList list;
  std::vector<float> answers;
  std::vector<float> norms;
};

struct Setting {
  std::int64_t chunk = kWholePrompt;
  std::string policy = "full";
  bool record = false;
  DType kv = DType::kF32;
  std::int64_t block = 16;
  std::vector<std::int32_t> forced{};
  SamplingOptions sampling{};
  bool logits = true;
  std::int64_t prompt = kPrompt;
  std::int64_t output = kOutput;
};

struct Outcome {
  std::vector<std::vector<float>> logits;  // (outputs, vocab)
  SessionResult session;
  std::vector<DecisionRecord> decisions;
  std::vector<float> answers;
  std::vector<float> norms;
  std::int64_t good_rows = 0;
  std::map<Watched::RowName, std::vector<float>> rows;
};

Result<Outcome> try_run(Backend& backend, const Setting& setting) {
  std::vector<std::int32_t> prompt;
  for (std::int64_t i = 0; i < setting.prompt; ++i) {
    prompt.push_back(static_cast<std::int32_t>(
        below(hash_words(i), static_cast<std::uint64_t>(backend.shape().vocab))));
  }
  SessionRequest request;
  request.prompt = prompt;
  request.run.prompt = setting.prompt;
  request.run.output = setting.output;
  request.run.chunk = setting.chunk;
  request.kv_dtype = setting.kv;
  request.block = setting.block;
  request.forced_output = setting.forced;
  request.sampling = setting.sampling;
  KVFOOT_ASSIGN(const PolicySpec spec, parse_policy(setting.policy));
  KVFOOT_ASSIGN(const std::unique_ptr<const Policy> policy,
                make_policy(spec, {.shape = backend.shape(), .run = request.run}));
  request.policy = policy.get();
  Watched watched;
  watched.tiles = setting.record;
  request.observer = &watched;
  Outcome outcome;
  if (setting.logits) {
    request.on_logits = [&](std::size_t, std::span<const float> logits) {
      outcome.logits.emplace_back(logits.begin(), logits.end());
    };
  }
  KVFOOT_ASSIGN(outcome.session, run_session(backend, request));
  outcome.decisions = watched.list.records();
  outcome.answers = watched.answers;
  outcome.norms = watched.norms;
  outcome.good_rows = watched.good_rows;
  outcome.rows = std::move(watched.rows);
  return outcome;
}

Outcome run(Backend& backend, const Setting& setting) {
  Result<Outcome> outcome = try_run(backend, setting);
  EXPECT_TRUE(outcome.ok()) << setting.policy << ": " << (outcome ? "" : outcome.error().message());
  return outcome ? std::move(outcome).value() : Outcome{};
}

double worst(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.logits.size(), b.logits.size());
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.logits.size(), b.logits.size()); ++i) {
    for (std::size_t j = 0; j < a.logits[i].size(); ++j) {
      const double difference = std::abs(a.logits[i][j] - b.logits[i][j]);
      if (!(difference <= largest)) {  // NaN too
        largest = difference;
      }
    }
  }
  return largest;
}

// The length of the difference over the length of what is wanted.
double relative(const Outcome& got, const Outcome& want) {
  double difference = 0;
  double length = 0;
  for (std::size_t i = 0; i < std::min(got.logits.size(), want.logits.size()); ++i) {
    for (std::size_t j = 0; j < got.logits[i].size(); ++j) {
      difference += std::pow(got.logits[i][j] - want.logits[i][j], 2);
      length += std::pow(want.logits[i][j], 2);
    }
  }
  return std::sqrt(difference / length);
}

// Policies that evict in every way: by age, by votes of a window, by accumulated and last mass, per
// head and per layer, with patches, re-indexed, at the end only, with copies per query head.
const std::vector<std::string>& policies() {
  static const std::vector<std::string> kAll = {"full",
                                                "streaming:sinks=2,window=9",
                                                "streaming:sinks=2,window=9,reindex=true",
                                                "duo:sparsity=0.5,sinks=2,window=9",
                                                "snapkv:sparsity=0.5,window=4",
                                                "snapkv:sparsity=0.5,window=4,patch=true",
                                                "snapkv:sparsity=0.5,window=4,group=none",
                                                "snapkv:sparsity=0.5,window=4,evict=end",
                                                "pyramidkv:sparsity=0.5,window=4",
                                                "h2o:heavy=12,recent=8",
                                                "tova:budget=20",
                                                "random:budget=20"};
  return kAll;
}

TEST(DeviceBackend, LogitsAndTokensAreThoseOfTheCpuInFp32) {
  const auto device = emulated(DType::kF32);
  const auto host = cpu(DType::kF32);
  for (const std::int64_t chunk : {std::int64_t{16}, std::int64_t{33}, kWholePrompt}) {
    const Outcome got = run(*device, {.chunk = chunk});
    const Outcome want = run(*host, {.chunk = chunk});
    EXPECT_LT(worst(got, want), 2e-4) << chunk;
    EXPECT_EQ(got.session.output, want.session.output);
  }
}

TEST(DeviceBackend, SixteenBitTypesStayNearTheCpu) {
  for (const DType type : {DType::kBF16, DType::kF16}) {
    const auto device = emulated(type);
    const auto host = cpu(type);
    const Outcome want = run(*host, {.chunk = 32});
    for (const DType kv : {type, DType::kF32}) {
      const Outcome got = run(*device, {.chunk = 32, .kv = kv, .forced = want.session.output});
      EXPECT_LT(relative(got, want), type == DType::kBF16 ? 0.05 : 0.006) << to_string(kv);
    }
  }
}

// Head dimensions that tensor cores have no tiles for.
TEST(DeviceBackend, OtherHeadDimensionsRunPlain) {
  LlamaConfig config = small_config();
  config.head_dim = 24;
  const auto device = emulated(DType::kBF16, {}, config);
  const auto host =
      std::move(make_cpu_backend(weights_of(DType::kBF16, config), "random", {.threads = 1}))
          .value();
  const Outcome want = run(*host, {.chunk = 32});
  const Outcome got =
      run(*device, {.chunk = 32, .kv = DType::kBF16, .forced = want.session.output});
  EXPECT_LT(relative(got, want), 0.05);
}

// The same decisions for every policy, except where rounding decides; the same pages always.
TEST(DeviceBackend, EveryPolicyEvictsWhatItEvictsOnTheCpu) {
  const auto device = emulated(DType::kF32);
  const auto host = cpu(DType::kF32);
  for (const std::string& policy : policies()) {
    for (const std::int64_t block : {16, 5}) {
      if (block == 5 && policy.find("streaming") != 0) {
        continue;
      }
      const Outcome want = run(*host, {.chunk = 20, .policy = policy, .block = block});
      const Outcome got = run(
          *device, {.chunk = 20, .policy = policy, .block = block, .forced = want.session.output});
      EXPECT_LT(worst(got, want), 5e-4) << policy;
      EXPECT_EQ(got.decisions.size(), want.decisions.size()) << policy;
      EXPECT_EQ(got.decisions.empty(), policy == "full");
      ASSERT_EQ(got.session.memory.size(), want.session.memory.size());
      for (std::size_t i = 0; i < got.session.memory.size(); ++i) {
        EXPECT_EQ(got.session.memory[i], want.session.memory[i]) << policy << " pass " << i;
      }
    }
  }
}

// Watching a run changes nothing, and the passes that are captured do what the others do.
TEST(DeviceBackend, RecordingChangesNothing) {
  const auto device = emulated(DType::kBF16);
  for (const std::string& policy : policies()) {
    const Outcome plain = run(*device, {.chunk = 20, .policy = policy, .kv = DType::kBF16});
    const Outcome watched =
        run(*device, {.chunk = 20, .policy = policy, .record = true, .kv = DType::kBF16});
    EXPECT_EQ(plain.logits, watched.logits) << policy;
    EXPECT_EQ(plain.answers, watched.answers) << policy;
    EXPECT_EQ(plain.session.output, watched.session.output) << policy;
    const std::int64_t rows = kPrompt + kOutput + watched.session.patch_rows;
    EXPECT_EQ(watched.good_rows, 2 * 4 * rows) << policy;
    EXPECT_TRUE(std::ranges::all_of(watched.norms, [](float n) { return n > 0; })) << policy;
  }
}

// Every row in the order of its resident list, also where entries lie otherwise in memory.
TEST(DeviceBackend, RecordedRowsAreThoseOfTheCpu) {
  const auto device = emulated(DType::kF32);
  const auto host = cpu(DType::kF32);
  for (const char* policy :
       {"full", "streaming:sinks=2,window=9", "duo:sparsity=0.5,sinks=2,window=9",
        "snapkv:sparsity=0.5,window=4,patch=true"}) {
    const Outcome want = run(*host, {.chunk = 20, .policy = policy, .record = true});
    const Outcome got = run(
        *device, {.chunk = 20, .policy = policy, .record = true, .forced = want.session.output});
    ASSERT_EQ(got.rows.size(), want.rows.size()) << policy;
    for (const auto& [name, row] : want.rows) {
      const auto& mine = got.rows.at(name);
      ASSERT_EQ(mine.size(), row.size()) << policy;
      for (std::size_t j = 0; j < row.size(); ++j) {
        ASSERT_NEAR(mine[j], row[j], 1e-4) << policy << " pass " << name[0] << " row " << name[3];
      }
    }
  }
}

// What the card still has to do when the host waits for an answer: in decode, the output projection
// and the MLP, which is three products; many rows take memory, and wait for what evicting gives
// back.
TEST(DeviceBackend, TheCardHasTheRestOfTheLayerWhileTheHostDecides) {
  for (const char* policy : {"tova:budget=20", "h2o:heavy=12,recent=8"}) {
    std::vector<int> left;  // products enqueued between a copy out and the wait for it, per wait
    int products = 0;
    EmulatedOptions options;
    options.on_call = [&](const std::string& call) {
      if (call == "copy out") {
        products = 0;
      } else if (call == "gemm" || call.find("gemv") != std::string::npos) {
        ++products;
      } else if (call == "synchronize event") {
        left.push_back(products);
      }
    };
    const auto device = emulated(DType::kF32, options);
    left.clear();  // weights are copied in pieces
    (void)run(*device, {.chunk = 20, .policy = policy, .logits = false});
    std::vector<int> want(2 * 2, 0);  // of three passes the first does not fill the budget; layers
    want.insert(want.end(), static_cast<std::size_t>(kOutput * 2), 3);
    EXPECT_EQ(left, want) << policy;
  }
}

// Layers of unequal length: attention of one row is cut into pieces, by the longest of them all.
TEST(DeviceBackend, RecordingChangesNothingWhereLayersDiffer) {
  const auto device = emulated(DType::kF32);
  Setting setting;
  setting.policy = "pyramidkv:sparsity=0.6,window=4";
  setting.prompt = 300;
  setting.output = 10;
  const Outcome plain = run(*device, setting);
  setting.record = true;
  const Outcome watched = run(*device, setting);
  EXPECT_EQ(plain.logits, watched.logits);
  const auto longest = [&](std::int32_t layer) {
    std::size_t keys = 0;
    for (const auto& [name, row] : watched.rows) {
      keys = name[1] == layer && name[0] > 0 ? std::max(keys, row.size()) : keys;
    }
    return keys;
  };
  EXPECT_GT(longest(0), 128U);  // two pieces
  EXPECT_LE(longest(1), 128U);  // one, if it were cut alone
}

// Chunks that leave one row for the last pass of the prompt, after which policies ask.
TEST(DeviceBackend, PassesOfOneRowInThePrompt) {
  const auto device = emulated(DType::kF32);
  const auto host = cpu(DType::kF32);
  for (const char* policy :
       {"snapkv:sparsity=0.5,window=4,evict=end", "tova:budget=20,evict=end",
        "duo:sparsity=0.5,sinks=2,window=9,evict=end,rest=snapkv:sparsity=0.5,window=4"}) {
    for (const std::int64_t chunk : {1, 44}) {
      if (chunk == 1 && std::string_view(policy).find("snapkv") != 0) {
        continue;  // 45 passes on the emulated card
      }
      const Outcome want = run(*host, {.chunk = chunk, .policy = policy});
      const Outcome got =
          run(*device, {.chunk = chunk, .policy = policy, .forced = want.session.output});
      EXPECT_LT(worst(got, want), 5e-4) << policy << " in chunks of " << chunk;
      EXPECT_EQ(got.decisions.size(), want.decisions.size()) << policy;
      EXPECT_FALSE(got.decisions.empty()) << policy;
    }
  }
}

TEST(DeviceBackend, TokensAreSampledOnTheDeviceAsOnTheHost) {
  const auto device = emulated(DType::kF32);
  for (const SamplingOptions& sampling :
       {SamplingOptions{}, SamplingOptions{.temperature = 1.5, .seed = 3},
        SamplingOptions{.temperature = 0.7, .top_k = 5, .top_p = 0.8, .seed = 4}}) {
    const Outcome there = run(*device, {.chunk = 32, .sampling = sampling, .logits = false});
    const Outcome here = run(*device, {.chunk = 32, .sampling = sampling, .logits = true});
    EXPECT_EQ(there.session.output, here.session.output) << sampling.temperature;
  }
}

// Weights that are made on the card are those that would be read from a file.
TEST(DeviceBackend, PromisedWeightsAreMadeOnTheDevice) {
  for (const DType type : {DType::kF32, DType::kBF16}) {
    const auto promised = promise_random_llama(
        small_config(), RandomModelOptions{.seed = 7, .type = type, .attention_scale = 2.0});
    ASSERT_TRUE(promised.ok());
    auto made = make_device_backend(make_emulated_device(), *promised, "random");
    ASSERT_TRUE(made.ok()) << made.error().message();
    EXPECT_EQ(run(**made, {.chunk = 32}).logits, run(*emulated(type), {.chunk = 32}).logits);
  }
}

// However little memory the card has, the run says so or succeeds; the emulated card aborts when
// something is not given back.
TEST(DeviceBackend, ACardThatIsTooSmallIsOneError) {
  const std::int64_t enough = [] {
    const auto device = emulated(DType::kBF16);
    (void)run(*device, {.chunk = 20, .policy = "h2o:heavy=12,recent=8", .record = true});
    return device->counters().reserved_bytes;
  }();
  int too_small = 0;
  int fitted = 0;
  for (int part = 1; part <= 24; ++part) {
    EmulatedOptions options;
    options.memory_bytes = (enough + (std::int64_t{4} << 20)) * part / 24;
    auto made =
        make_device_backend(make_emulated_device(options), weights_of(DType::kBF16), "random");
    if (!made) {
      EXPECT_THAT(made.error().message(), HasSubstr("CUDA device"));
      EXPECT_EQ(made.error().kind, ErrorKind::kEnvironment);
      ++too_small;
      continue;
    }
    const auto outcome =
        try_run(**made, {.chunk = 20, .policy = "h2o:heavy=12,recent=8", .record = true});
    if (outcome) {
      ++fitted;
      continue;
    }
    EXPECT_THAT(outcome.error().message(), HasSubstr("not enough memory"));
    EXPECT_EQ(outcome.error().kind, ErrorKind::kEnvironment);
    ++too_small;
  }
  EXPECT_GT(too_small, 0);
  EXPECT_GT(fitted, 0);
}

// Wherever the card fails, the run ends with its error.
TEST(DeviceBackend, ACardThatFailsEndsTheRun) {
  int failed = 0;
  for (std::int64_t after = 0; after < 4000; after += 29) {
    EmulatedOptions options;
    options.fail_after = after;
    auto made =
        make_device_backend(make_emulated_device(options), weights_of(DType::kF32), "random");
    if (!made) {
      EXPECT_EQ(made.error().kind, ErrorKind::kEnvironment);
      ++failed;
      continue;
    }
    const auto outcome = try_run(**made, {.chunk = 20, .policy = "tova:budget=20"});
    if (outcome) {
      break;
    }
    EXPECT_EQ(outcome.error().kind, ErrorKind::kEnvironment);
    ++failed;
  }
  EXPECT_GT(failed, 10);
}

TEST(DeviceBackend, WeightsThatDoNotFitSayWhatIsMissing) {
  EmulatedOptions options;
  options.memory_bytes = 64 << 10;
  const auto made =
      make_device_backend(make_emulated_device(options), weights_of(DType::kF32), "random");
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message(), HasSubstr("are missing"));
  EXPECT_THAT(made.error().message(), HasSubstr("kvfoot fit"));
}

// What activations left behind is not in the way of pages.
TEST(DeviceBackend, WaitingBuffersGiveWay) {
  EmulatedOptions options;
  options.memory_bytes = std::int64_t{40} << 20;  // one slab of 32 MiB, and little beside
  const auto device = emulated(DType::kF32, options);
  Setting setting;
  for (const std::int64_t chunk : {kWholePrompt, std::int64_t{7}, kWholePrompt}) {
    setting.chunk = chunk;
    EXPECT_FALSE(run(*device, setting).logits.empty());
  }
}

TEST(DeviceBackend, AHeadDimensionWithoutAKernelIsAnError) {
  LlamaConfig config = small_config();
  config.head_dim = 20;
  const auto made =
      make_device_backend(make_emulated_device(), weights_of(DType::kBF16, config), "random");
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message(), HasSubstr("head_dim 20"));
}

}  // namespace
}  // namespace kvfoot::cuda
