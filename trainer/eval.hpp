// Measures a checkpoint under full attention: task accuracy, and what each head attends to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "executor/task/task.hpp"
#include "sim/core/result.hpp"
#include "trainer/llama.hpp"

namespace kvfoot::trainer {

// Loads config.json and model.safetensors of a folder that the trainer wrote.
Result<Llama> load_checkpoint(const std::string& folder);

struct Score {
  std::uint64_t right = 0;
  std::uint64_t asked = 0;
};

// Share of samples whose answer greedy decoding writes at once: every token up to the end of the
// answer is the most likely one given the prompt and the answer so far. That is stricter than "the
// answer stands in the reply", and needs one forward pass per batch.
Result<Score> measure_task(const Llama& model, const task::TaskSpec& spec, std::uint64_t seed,
                           std::uint64_t samples, torch::ScalarType compute);

// What one query head does, averaged over the rows that predict an answer byte.
struct HeadReport {
  std::int64_t layer = 0;
  std::int64_t head = 0;
  double retrieval = 0;  // attention on the byte to be written next, where the context holds it
  double first = 0;      // attention on the first 4 positions
  double local = 0;      // attention on the last 32 positions
  double distance = 0;   // mean distance of the attended positions, over all rows
};
Result<std::vector<HeadReport>> measure_heads(const Llama& model,
                                              const std::vector<task::TaskSpec>& specs,
                                              std::uint64_t seed, std::uint64_t samples);

// Table of the reports; and one gate per KV head, [layers][kv heads] separated by tabs, in the form
// DuoAttention publishes: the largest retrieval share among the query heads that the KV head
// serves.
std::string heads_table(const std::vector<HeadReport>& reports);
std::string gates_table(const std::vector<HeadReport>& reports, const LlamaShape& shape);

}  // namespace kvfoot::trainer
