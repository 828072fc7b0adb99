// What the commands that run a model share: where it is, what it is told, how it samples.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "executor/model/backend.hpp"
#include "executor/model/config.hpp"
#include "executor/model/sampling.hpp"
#include "executor/model/tokenizer.hpp"
#include "executor/model/weights.hpp"
#include "executor/task/task.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/policy/descriptor.hpp"

namespace CLI {
class App;
}

namespace kvfoot::cli {

struct ModelOptions {
  std::string model;
  std::string prompt_text;
  std::string prompt_file;
  std::string task;
  bool chat = false;
  std::int64_t output = 128;
  std::string chunk = "32768";
  std::string policy = "full";
  std::string kv_dtype = "f32";
  std::int64_t block = 16;
  std::string device = "auto";
  int threads = 0;  // 0: all cores
  SamplingOptions sampling;
  bool ignore_eos = false;
  std::string last_prompt_token = "prefill";
};

void add_model_flag(CLI::App& command, ModelOptions& options);
void add_run_flags(CLI::App& command, ModelOptions& options);

// A checkpoint made ready: weights mapped, tokenizer read, backend started.
struct LoadedModel {
  std::string name;
  LlamaConfig config;
  std::uint64_t fingerprint = 0;
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<Backend> backend;
};
[[nodiscard]] Result<LoadedModel> load_model(const ModelOptions& options);

struct Prompt {
  std::vector<std::int32_t> tokens;
  std::string text;
  std::string expected;                 // the answer, when the prompt is a task
  std::vector<task::Segment> segments;  // byte ranges of `text`
};
[[nodiscard]] Result<Prompt> read_prompt(const ModelOptions& options, const LoadedModel& model);

[[nodiscard]] Result<RunLengths> run_lengths(const ModelOptions& options, std::int64_t prompt);

// Says so when a run needs positions that the model was not made for.
void warn_beyond_context(const RunLengths& run, const LoadedModel& model);

// Parses and makes the policy for a run; file parameters are read from disk.
[[nodiscard]] Result<std::unique_ptr<const Policy>> policy_for_run(const std::string& text,
                                                                   const ModelShape& shape,
                                                                   const RunLengths& run,
                                                                   DType kv_dtype,
                                                                   std::uint64_t seed);

// A configuration for random weights with the geometry of a built-in shape.
[[nodiscard]] LlamaConfig config_of_shape(const ModelShape& shape);

[[nodiscard]] Result<std::string> read_text_file(const std::string& path);

}  // namespace kvfoot::cli
