// Sessions that are watched.
#include "tests/cuda/model_runs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <numeric>
#include <utility>

#include "executor/cpu/cpu_backend.hpp"
#include "executor/cuda/backend/device_backend.hpp"
#include "sim/cache/decision_list.hpp"
#include "sim/core/hash.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot::cuda {

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

LlamaWeights weights_of(DType type, const LlamaConfig& config) {
  return std::move(make_random_llama(
                       config, RandomModelOptions{.seed = 7, .type = type, .attention_scale = 2.0}))
      .value();
}

std::unique_ptr<Backend> emulated(DType type, const EmulatedOptions& options,
                                  const LlamaConfig& config) {
  auto made =
      make_device_backend(make_emulated_device(options), weights_of(type, config), "random");
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message());
  return made.ok() ? std::move(made).value() : nullptr;
}

std::unique_ptr<Backend> cpu(DType type) {
  return std::move(make_cpu_backend(weights_of(type), "random", {.threads = 1})).value();
}

namespace {

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

  bool tiles = false;
  std::int32_t pass_index = 0;
  std::mutex mutex;
  std::map<RowName, std::vector<float>> rows;
  std::atomic<std::int64_t> good_rows{0};
  DecisionList list;
  std::vector<float> answers;
  std::vector<float> norms;
};

}  // namespace

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

}  // namespace kvfoot::cuda
