// The training run: curriculum over length, log, checkpoints, resume.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/result.hpp"
#include "trainer/batch.hpp"
#include "trainer/llama.hpp"

namespace kvfoot::trainer {

struct RunOptions {
  std::string out;  // folder of state.safetensors, log.tsv and checkpoint/
  bool resume = false;
  std::uint64_t seed = 1;
  std::uint64_t steps = 6000;
  std::uint64_t warmup = 100;
  double decay = 0.2;  // share of the steps over which the learning rate falls to a tenth
  double learning_rate = 1e-3;
  std::int64_t tokens = 4096;  // per batch, more where that is less than min_rows rows
  std::int64_t min_rows = 6;
  std::vector<std::int64_t> lengths = {96, 256, 512, 1024, 1536, 2048};
  double advance_at = 0.95;        // smoothed accuracy at which the next length begins
  std::uint64_t save_every = 200;  // steps
  std::uint64_t log_every = 10;
  std::vector<std::string> text_folders;
  std::size_t text_limit = 24U << 20;
  Mix mix;
  double prose_share = 0.3;       // of the loss; answers have 1
  double context_share = 0.1;     // of the loss: bytes of the tasks that are no answers
  std::int64_t until_length = 0;  // stop when the curriculum reaches it; 0: never
  bool bf16 = true;
  std::string device = "cpu";
  LlamaShape shape;
};

// Runs until `steps` are done. Prints progress lines to stdout: the trainer is a program, not a
// library.
Status run_training(const RunOptions& options);

// Writes a folder that Hugging Face loaders and kvfoot read.
Status export_checkpoint(const Llama& model, const std::string& folder, const std::string& source);

}  // namespace kvfoot::trainer
