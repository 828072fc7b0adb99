// Recording `blocks` from sums that the device makes, against recording them from rows.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "executor/cuda/backend/device_backend.hpp"
#include "executor/cuda/emulator/emulated_device.hpp"
#include "executor/model/make_model.hpp"
#include "executor/run/recorder.hpp"
#include "sim/core/hash.hpp"
#include "sim/policy/descriptor.hpp"
#include "tests/model/temp_folder.hpp"
#include "tests/trace/near_trace.hpp"

namespace kvfoot::cuda {
namespace {

using testing_trace::expect_equal_votes;
using testing_trace::expect_near_blocks;

std::unique_ptr<Backend> emulated(DType type) {
  LlamaConfig config;
  config.hidden_size = 64;
  config.intermediate_size = 96;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 32;
  config.vocab_size = 97;
  auto weights = make_random_llama(
      config, RandomModelOptions{.seed = 7, .type = type, .attention_scale = 2.0});
  auto made = make_device_backend(make_emulated_device(), weights.value(), "random");
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message());
  return std::move(made).value();
}

constexpr std::int64_t kPrompt = 85;

// Counts what comes, and hides that the observer makes do with sums if `rows_only`.
class Between final : public AttentionObserver {
 public:
  void on_tile(const AttentionTile& tile) override {
    ++tiles;
    to->on_tile(tile);
  }
  const AttentionSums* sums() const override { return rows_only ? nullptr : to->sums(); }
  void on_block(const AttentionBlock& block) override {
    ++blocks;
    to->on_block(block);
  }
  void on_row_sum(const AttentionRowSum& sum) override { to->on_row_sum(sum); }

  AttentionObserver* to = nullptr;
  bool rows_only = false;
  std::atomic<std::int64_t> tiles{0}, blocks{0};
};

class Watched final : public Backend {
 public:
  explicit Watched(Backend& backend) : backend_(backend) {}
  Between between;

  const ModelShape& shape() const override { return backend_.shape(); }
  std::string_view device() const override { return backend_.device(); }
  Status reset(const CacheOptions& options) override { return backend_.reset(options); }
  Status begin_pass(std::span<const std::int32_t> tokens, std::span<const TokenPos> positions,
                    std::int64_t patch_rows) override {
    return backend_.begin_pass(tokens, positions, patch_rows);
  }
  Status attend(std::int32_t layer) override { return backend_.attend(layer); }
  AttentionSource& attention() override { return backend_.attention(); }
  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) override {
    backend_.retain(layer, head, kept);
  }
  Status feed_forward(std::int32_t layer) override { return backend_.feed_forward(layer); }
  Result<std::optional<std::int64_t>> end_pass() override { return backend_.end_pass(); }
  Result<std::span<const float>> logits(std::int64_t row) override { return backend_.logits(row); }
  std::span<const float> key_norms(std::int32_t head) override { return backend_.key_norms(head); }
  void observe(AttentionObserver* observer) override {
    between.to = observer;
    backend_.observe(observer == nullptr ? nullptr : &between);
  }
  MemoryCounters counters() const override { return backend_.counters(); }
  void reset_peak() override { backend_.reset_peak(); }

 private:
  Backend& backend_;
};

struct Setting {
  std::string policy = "full";
  std::int64_t chunk = 50;
  DType kv = DType::kF32;
  std::vector<std::int64_t> side_votes{};
};

std::shared_ptr<const TraceReader> record(Watched& backend, const Setting& setting,
                                          const std::filesystem::path& file) {
  std::vector<std::int32_t> prompt;
  for (std::int64_t i = 0; i < kPrompt; ++i) {
    prompt.push_back(static_cast<std::int32_t>(below(hash_words(i), 97)));
  }
  RecordRequest request;
  request.session.prompt = prompt;
  request.session.run = {.prompt = kPrompt, .output = 2, .chunk = setting.chunk};
  request.session.kv_dtype = setting.kv;
  const std::vector<std::int32_t> output = {1, 2};
  request.session.forced_output = output;
  request.fidelity = TraceFidelity::kBlocks;
  request.coding.row_block = 16;
  request.coding.entries_block = 40;
  request.coding.entries_last = 60;
  request.coding.entries_row = 50;
  request.coding.vote_windows = {4, 16, 40};
  request.coding.side_votes = setting.side_votes;
  request.coding.side_window = setting.side_votes.empty() ? 0 : 9;
  request.session.side_chunks = setting.side_votes;
  request.session.side_window = request.coding.side_window;
  const auto policy = make_policy(parse_policy(setting.policy).value(),
                                  {.shape = backend.shape(), .run = request.session.run});
  EXPECT_TRUE(policy.ok()) << setting.policy;
  request.session.policy = policy.value().get();
  request.policy_spec = setting.policy;
  request.path = file.string();
  const auto outcome = record_run(backend, request);
  EXPECT_TRUE(outcome.ok()) << (outcome ? "" : outcome.error().message());
  auto trace = TraceReader::open(request.path);
  EXPECT_TRUE(trace.ok()) << (trace ? "" : trace.error().message());
  return trace.value();
}

void compare(const Setting& setting, DType weights) {
  SCOPED_TRACE(setting.policy);
  const auto backend = emulated(weights);
  Watched watched(*backend);
  watched.between.rows_only = true;
  const TempFolder folder;
  const auto want = record(watched, setting, folder / "rows.h5");
  EXPECT_GT(watched.between.tiles, 0);
  EXPECT_EQ(watched.between.blocks, 0);
  watched.between.rows_only = false;
  watched.between.tiles = 0;
  const auto got = record(watched, setting, folder / "sums.h5");
  // A window that slides turns its streams: of decode passes come rows then.
  const bool slides = setting.policy.find("sinks") != std::string::npos;
  EXPECT_LE(watched.between.tiles, slides ? 2 * 2 * 4 : 0);
  EXPECT_GT(watched.between.blocks, 0);
  expect_near_blocks(*want, *got, 1e-3F);
  expect_equal_votes(*want, *got);
  if (!setting.side_votes.empty()) {
    const auto again = record(watched, setting, folder / "again.h5");
    EXPECT_EQ(got->content_hash(), again->content_hash());
  }
}

TEST(RecordBlocks, SumsOfTheDeviceAreThoseOfTheRows) {
  compare({.chunk = 40, .side_votes = {40, 80}}, DType::kF32);
  compare({.chunk = kWholePrompt, .kv = DType::kBF16}, DType::kBF16);
}

TEST(RecordBlocks, WhateverThePolicyKeeps) {
  for (const char* policy :
       {"snapkv:sparsity=0.5,window=4,patch=true", "snapkv:sparsity=0.5,window=4,group=none",
        "h2o:heavy=12,recent=8", "streaming:sinks=2,window=9",
        "streaming:sinks=2,window=9,reindex=true"}) {
    compare({.policy = policy, .kv = DType::kF16}, DType::kF16);
  }
}

}  // namespace
}  // namespace kvfoot::cuda
