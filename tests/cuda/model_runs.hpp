// Runs of a small random model, for tests of whole backends: what they computed, decided, held and
// recorded.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "executor/cuda/emulator/emulated_device.hpp"
#include "executor/model/backend.hpp"
#include "executor/model/make_model.hpp"
#include "executor/run/session.hpp"

namespace kvfoot::cuda {

constexpr std::int64_t kPrompt = 45;
constexpr std::int64_t kOutput = 6;

[[nodiscard]] LlamaConfig small_config();
[[nodiscard]] LlamaWeights weights_of(DType type, const LlamaConfig& config = small_config());
// Null, and the test fails, if it cannot be made.
[[nodiscard]] std::unique_ptr<Backend> emulated(DType type, const EmulatedOptions& options = {},
                                                const LlamaConfig& config = small_config());
[[nodiscard]] std::unique_ptr<Backend> cpu(DType type);

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

using RowName = std::array<std::int32_t, 4>;  // pass, layer, query head, row

struct Outcome {
  std::vector<std::vector<float>> logits;  // (outputs, vocab)
  SessionResult session;
  std::vector<DecisionRecord> decisions;
  std::vector<float> answers;
  std::vector<float> norms;
  std::int64_t good_rows = 0;
  std::map<RowName, std::vector<float>> rows;
};

[[nodiscard]] Result<Outcome> try_run(Backend& backend, const Setting& setting);
Outcome run(Backend& backend, const Setting& setting);  // an error fails the test

// The largest difference of logits, NaN if there is one.
[[nodiscard]] double worst(const Outcome& a, const Outcome& b);
// The length of the difference over the length of what is wanted.
[[nodiscard]] double relative(const Outcome& got, const Outcome& want);

}  // namespace kvfoot::cuda
