// What the commands that run a model share: where it is, what it is told, how it samples.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/schedule_options.hpp"
#include "executor/model/backend.hpp"
#include "executor/model/config.hpp"
#include "executor/model/make_model.hpp"
#include "executor/model/sampling.hpp"
#include "executor/model/tokenizer.hpp"
#include "executor/model/weights.hpp"
#include "executor/run/session.hpp"
#include "executor/task/task.hpp"
#include "sim/core/cpu_execution.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot::cli {

class Command;

struct ModelOptions : ScheduleOptions {
  std::string model;
  std::string prompt_text;
  std::string prompt_file;
  std::string task;
  bool chat = false;
  std::int64_t output = 128;
  std::string kv_dtype = "auto";
  std::string device = "auto";
  int threads = 0;  // 0: all cores
  SamplingOptions sampling;
  bool ignore_eos = false;
};

void add_model_flag(Command& command, ModelOptions& options);
void add_run_flags(Command& command, ModelOptions& options);

// A checkpoint made ready: weights mapped, tokenizer read, backend started.
struct LoadedModel {
  std::string name;
  LlamaConfig config;
  std::uint64_t fingerprint = 0;
  DType weight_dtype = DType::kF32;  // of the matrices of the first layer
  CpuExecution cpu;                  // what the CPU backend says of itself
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<Backend> backend;
  DType kv_dtype = DType::kF32;  // of K and V, unless the user says another
  [[nodiscard]] bool on_cpu() const { return backend->device() == "cpu"; }
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

// What generate and record make ready before they run.
struct PreparedRun {
  LoadedModel model;
  Prompt prompt;
  RunLengths run;
  DType kv_dtype = DType::kF32;
  PolicySpec spec;
  std::unique_ptr<const Policy> policy;
};
[[nodiscard]] Result<PreparedRun> prepare_run(const ModelOptions& options);
// A session of that run, which must outlive it; interrupted by Ctrl-C.
[[nodiscard]] SessionRequest session_of(const PreparedRun& prepared, const ModelOptions& options);

// random:SHAPE[,dtype=..][,seed=..], as --model takes it.
struct RandomModel {
  std::string name;
  LlamaConfig config;
  RandomModelOptions options;
};
[[nodiscard]] Result<RandomModel> parse_random_model(std::string_view text);

}  // namespace kvfoot::cli
