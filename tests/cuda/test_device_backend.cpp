// Whole models on the emulated card: the numbers of the CPU backend, the pages of the simulator,
// and an end without leaks wherever memory or the card gives out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "executor/cpu/cpu_backend.hpp"
#include "executor/cuda/backend/device_backend.hpp"
#include "executor/cuda/emulator/emulated_device.hpp"
#include "tests/cuda/model_runs.hpp"

namespace kvfoot::cuda {
namespace {

using ::testing::HasSubstr;

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
