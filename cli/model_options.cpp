// Loads models and prompts for the commands that run inference.
#include "cli/model_options.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/compute_device.hpp"
#include "cli/tokens.hpp"
#include "executor/cpu/cpu_backend.hpp"
#include "executor/model/chat.hpp"
#include "executor/model/make_model.hpp"
#include "sim/core/text.hpp"
#include "sim/run/policy_for_run.hpp"

namespace kvfoot::cli {
namespace {

int thread_count(int asked) {
  return asked > 0 ? asked : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

DType dtype_of(WeightType type) {
  switch (type) {
    case WeightType::kF16:
      return DType::kF16;
    case WeightType::kBF16:
      return DType::kBF16;
    case WeightType::kF32:
      break;
  }
  return DType::kF32;
}

// `-` is stdin.
Result<std::string> read_text_file(const std::string& path) {
  std::error_code code;
  if (path != "-" && std::filesystem::is_directory(path, code)) {
    return Error{path, "is a folder, not a file"};
  }
  std::ifstream in(path == "-" ? "/dev/stdin" : path, std::ios::binary);
  if (!in) {
    return Error{path, "cannot be opened", "check the path"};
  }
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) {
    return Error{path, "cannot be read", "", ErrorKind::kEnvironment};
  }
  return text;
}

}  // namespace

void add_model_flag(Command& command, ModelOptions& options) {
  command
      .add_option("--model", options.model,
                  "Folder of a Hugging Face Llama checkpoint (config.json, safetensors, "
                  "tokenizer.json), or random:SHAPE[,dtype=bf16][,seed=0] for weights made in "
                  "memory")
      ->required();
  command
      .add_option("--device", options.device,
                  "Backend that computes; auto takes a GPU if one can be used")
      ->check(one_of({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  command.add_option("--threads", options.threads, "Threads of the CPU backend; 0 takes all cores")
      ->check(in_range(0, 1024))
      ->capture_default_str();
}

void add_run_flags(Command& command, ModelOptions& options) {
  auto* prompt = command.add_option_group("prompt", "One of these is required");
  prompt->add_option("--prompt-text", options.prompt_text, "The prompt itself");
  prompt->add_option("--prompt-file", options.prompt_file, "A UTF-8 text file; - is stdin");
  prompt->add_option("--task", options.task,
                     "A synthetic task with a known answer, e.g. niah:length=1024,depth=50");
  prompt->require_option(1);
  command.add_flag("--chat", options.chat, "Wrap the prompt as a user message in the chat format");
  command.add_option("--output", options.output, "Tokens to generate")
      ->transform(tokens())
      ->check(not_negative())
      ->capture_default_str();
  add_schedule_flags(command, options);
  command
      .add_option("--kv-dtype", options.kv_dtype,
                  "Type of cached K and V: f32, f16, bf16; auto takes f32 on the CPU, the weights' "
                  "on a GPU")
      ->capture_default_str();
  command.add_option("--temperature", options.sampling.temperature, "0 is greedy")
      ->capture_default_str();
  command.add_option("--top-k", options.sampling.top_k, "Sample among the k likeliest; 0: all")
      ->capture_default_str();
  command.add_option("--top-p", options.sampling.top_p, "Sample among the likeliest of this mass")
      ->capture_default_str();
  command
      .add_option("--seed", options.sampling.seed, "Seed of sampling, tasks and seeded policies")
      ->capture_default_str();
  command.add_flag("--ignore-eos", options.ignore_eos, "Do not stop at the end-of-text token");
}

namespace {

constexpr std::string_view kRandom = "random:";

struct LoadedFiles {
  LlamaWeights weights;
  std::string name;
  std::unique_ptr<Tokenizer> tokenizer;
};

Result<LoadedFiles> load_folder(const std::filesystem::path& folder) {
  LoadedFiles files;
  KVFOOT_ASSIGN(files.weights, load_llama(folder));
  files.name = std::filesystem::weakly_canonical(folder).filename().string();
  KVFOOT_ASSIGN(Tokenizer tokenizer,
                Tokenizer::load(folder / "tokenizer.json", files.weights.config.vocab_size));
  files.tokenizer = std::make_unique<Tokenizer>(std::move(tokenizer));
  return files;
}

}  // namespace

Result<RandomModel> parse_random_model(std::string_view text) {
  RandomModel model;
  model.options.type = WeightType::kBF16;
  const std::string_view rest = text.substr(kRandom.size());
  const std::vector<std::string_view> parts = split(rest, ',');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto equals = parts[i].find('=');
    const std::string_view key = parts[i].substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : parts[i].substr(equals + 1);
    if (key == "dtype") {
      KVFOOT_ASSIGN(model.options.type, parse_dtype(value));
    } else if (const auto seed = parse_int(value); key == "seed" && seed && *seed >= 0) {
      model.options.seed = static_cast<std::uint64_t>(*seed);
    } else {
      return Error{"--model", "'" + std::string(parts[i]) + "' of a random model",
                   "write random:SHAPE,dtype=bf16,seed=0"};
    }
  }
  KVFOOT_ASSIGN(const ModelShape shape, builtin_shape(parts.front()));
  KVFOOT_TRY(check_plain(shape, "random weights are made"));
  model.config = config_of_shape(shape);
  model.config.weight_type = model.options.type;
  model.name = "random-" + std::string(parts.front());
  return model;
}

namespace {

Result<LoadedFiles> promise_random(std::string_view text) {
  KVFOOT_ASSIGN(RandomModel model, parse_random_model(text));
  LoadedFiles files;
  KVFOOT_ASSIGN(files.weights, promise_random_llama(model.config, model.options));
  files.name = std::move(model.name);
  KVFOOT_ASSIGN(Tokenizer tokenizer,
                Tokenizer::parse(byte_tokenizer_json(), "random model", model.config.vocab_size));
  files.tokenizer = std::make_unique<Tokenizer>(std::move(tokenizer));
  return files;
}

}  // namespace

Result<LoadedModel> load_model(const ModelOptions& options) {
  KVFOOT_ASSIGN(LoadedFiles files, options.model.starts_with(kRandom)
                                       ? promise_random(options.model)
                                       : load_folder(options.model));
  LlamaWeights& weights = files.weights;
  LoadedModel model;
  model.name = std::move(files.name);
  model.tokenizer = std::move(files.tokenizer);
  model.config = weights.config;
  model.fingerprint = weights_fingerprint(*weights.source);
  model.weight_dtype = dtype_of(weights.layers.front().q.type);
  model.cpu = cpu_execution(thread_count(options.threads));
  KVFOOT_ASSIGN(model.backend,
                start_backend(options.device, model.cpu.threads, std::move(weights), model.name));
  // On the CPU, which computes in f32 anyway, 16 bits only lose digits; a GPU has little memory.
  model.kv_dtype = model.on_cpu() ? DType::kF32 : model.weight_dtype;
  return model;
}

Result<Prompt> read_prompt(const ModelOptions& options, const LoadedModel& model) {
  Prompt prompt;
  if (!options.task.empty()) {
    KVFOOT_ASSIGN(const task::TaskSpec spec, task::parse_task(options.task));
    const auto count = [&](std::string_view text) {
      const auto ids = model.tokenizer->encode(text);
      return ids ? ids->size() : text.size();
    };
    KVFOOT_ASSIGN(task::TaskSample sample,
                  task::make_sample(spec, options.sampling.seed, 0, count));
    prompt.text = std::move(sample.prompt);
    prompt.expected = std::move(sample.answer);
    prompt.segments = std::move(sample.segments);
  } else if (!options.prompt_file.empty()) {
    KVFOOT_ASSIGN(prompt.text, read_text_file(options.prompt_file));
  } else {
    prompt.text = options.prompt_text;
  }
  if (options.chat) {
    const ChatMessage message{.role = "user", .content = prompt.text};
    KVFOOT_ASSIGN(prompt.tokens, encode_chat(*model.tokenizer, {&message, 1}));
  } else {
    KVFOOT_ASSIGN(prompt.tokens, model.tokenizer->encode(prompt.text));
  }
  if (prompt.tokens.empty()) {
    return Error{"prompt", "is empty", "give at least one token of text"};
  }
  return prompt;
}

Result<RunLengths> run_lengths(const ModelOptions& options, std::int64_t prompt) {
  RunLengths run;
  run.prompt = prompt;
  run.output = options.output;
  KVFOOT_ASSIGN(run.chunk, parse_chunk(options.chunk));
  run.last_prompt_token =
      options.last_prompt_token == "decode" ? LastPromptToken::kDecode : LastPromptToken::kPrefill;
  KVFOOT_TRY(validate(run));
  return run;
}

namespace {

// Says so when a run needs positions that the model was not made for.
void warn_beyond_context(const RunLengths& run, const LoadedModel& model) {
  if (run.rows() > model.config.max_position_embeddings) {
    warn("beyond_context", "the run has " + std::to_string(run.rows()) +
                               " rows, the model was made for " +
                               std::to_string(model.config.max_position_embeddings) + " positions");
  }
}

}  // namespace

Result<PreparedRun> prepare_run(const ModelOptions& options) {
  PreparedRun prepared;
  const bool named = options.kv_dtype != "auto";
  if (named) {
    KVFOOT_ASSIGN(prepared.kv_dtype, parse_dtype(options.kv_dtype));
  }
  KVFOOT_ASSIGN(prepared.spec, parse_policy(options.policy));
  KVFOOT_ASSIGN(prepared.model, load_model(options));
  if (!named) {
    prepared.kv_dtype = prepared.model.kv_dtype;
  }
  KVFOOT_ASSIGN(prepared.prompt, read_prompt(options, prepared.model));
  KVFOOT_ASSIGN(prepared.run,
                run_lengths(options, static_cast<std::int64_t>(prepared.prompt.tokens.size())));
  warn_beyond_context(prepared.run, prepared.model);
  KVFOOT_ASSIGN(prepared.policy,
                policy_for_run(prepared.spec, prepared.model.backend->shape(), prepared.run,
                               prepared.kv_dtype, options.sampling.seed));
  return prepared;
}

SessionRequest session_of(const PreparedRun& prepared, const ModelOptions& options) {
  SessionRequest session;
  session.prompt = prepared.prompt.tokens;
  session.run = prepared.run;
  session.policy = prepared.policy.get();
  session.kv_dtype = prepared.kv_dtype;
  session.block = options.block;
  session.sampling = options.sampling;
  if (!options.ignore_eos) {
    session.stop_tokens = prepared.model.config.eos_token_ids;
  }
  session.cancel = &interrupted();
  return session;
}

}  // namespace kvfoot::cli
