// kvfoot make-model: a seeded random checkpoint of any shape, as Hugging Face would lay it out.
#include "executor/model/make_model.hpp"
#include "cli/command_line.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/given.hpp"
#include "cli/model_options.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  std::string out;
  std::string shape;
  std::string config;
  std::string type = "bf16";
  LlamaConfig custom;
  RandomModelOptions random;
  std::string max_shard = "0";
  bool in_memory = false;
  std::string device = "auto";
};

void print_made(const std::string& where, const LlamaConfig& config, WeightType type) {
  std::printf("%s: %lld layers, %lld query heads, %lld KV heads of %lld, %.1f M parameters, %s\n",
              where.c_str(), static_cast<long long>(config.layers),
              static_cast<long long>(config.heads), static_cast<long long>(config.kv_heads),
              static_cast<long long>(config.head_dim),
              static_cast<double>(config.parameter_count()) * 1e-6,
              format_bytes(config.parameter_count() * static_cast<std::int64_t>(weight_bytes(type)))
                  .c_str());
}

// Makes the weights where --model random:SHAPE will make them, so that what does not fit shows.
int try_in_memory(const Options& options) {
  ModelOptions model;
  model.model = "random:" + options.shape + ",dtype=" + options.type +
                ",seed=" + std::to_string(options.random.seed);
  model.device = options.device;
  model.threads = options.random.threads;
  const auto begin = std::chrono::steady_clock::now();
  const auto loaded = load_model(model);
  if (!loaded) {
    return fail(loaded.error());
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  print_made(loaded->name, loaded->config, loaded->weight_dtype);
  std::printf("made in %.1f s in the memory of the %s; run it with --model %s\n", taken.count(),
              loaded->on_cpu() ? "CPU" : "GPU", model.model.c_str());
  return kDone;
}

Status check_flags(const Command& command, const Options& options) {
  if (options.in_memory) {
    KVFOOT_TRY(check_not_given(command, {"--config", "--attention-scale", "--max-shard"},
                               "is about a folder, and --random makes none",
                               "leave it out, or leave out --random"));
  } else {
    KVFOOT_TRY(check_not_given(command, {"--device"}, "is about --random", "add --random"));
  }
  if (options.in_memory || !options.shape.empty() || !options.config.empty()) {
    KVFOOT_TRY(check_not_given(command,
                               {"--layers", "--hidden", "--ffn", "--heads", "--kv-heads",
                                "--head-dim", "--vocab", "--tied"},
                               "is given by --shape or --config",
                               "leave it out, or give the whole geometry by flags"));
  }
  return {};
}

int run_make_model(const Command& command, const Options& options) {
  if (const Status flags = check_flags(command, options); !flags) {
    return fail(flags.error());
  }
  if (options.in_memory) {
    if (options.shape.empty() || !options.out.empty()) {
      return fail(Error{"--random", "makes weights of a --shape in memory and no folder",
                        "give --shape and leave out --out, or leave out --random"});
    }
    return try_in_memory(options);
  }
  if (options.out.empty()) {
    return fail(Error{"--out", "is missing", "name the folder to make, or add --random"});
  }
  LlamaConfig config = options.custom;
  if (!options.config.empty()) {
    auto loaded = load_config(options.config);
    if (!loaded) {
      return fail(loaded.error());
    }
    config = std::move(loaded).value();
  } else if (!options.shape.empty()) {
    auto shape = builtin_shape(options.shape);
    if (!shape) {
      return fail(shape.error());
    }
    if (const Status plain = check_plain(*shape, "checkpoints are made"); !plain) {
      return fail(plain.error());
    }
    config = config_of_shape(*shape);
  }
  RandomModelOptions random = options.random;
  if (options.type == "f32") {
    random.type = WeightType::kF32;
  } else if (options.type == "f16") {
    random.type = WeightType::kF16;
  } else {
    random.type = WeightType::kBF16;
  }
  config.weight_type = random.type;
  auto shard = parse_bytes(options.max_shard);
  if (!shard) {
    return fail(shard.error());
  }
  const Status written =
      write_random_llama(options.out, config, random, static_cast<std::uint64_t>(*shard));
  if (!written) {
    return fail(written.error());
  }
  print_made(options.out, config, random.type);
  return kDone;
}

}  // namespace

void add_make_model(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  LlamaConfig& custom = options->custom;
  custom.hidden_size = 64;
  custom.intermediate_size = 128;
  custom.layers = 2;
  custom.heads = 4;
  custom.kv_heads = 2;
  custom.head_dim = 16;
  custom.vocab_size = kByteTokenizerVocab;
  custom.max_position_embeddings = 4096;
  Command* command = root.add_subcommand(
      "make-model", "Make a seeded random checkpoint of any shape (nothing is trained)");
  command->add_option("--out", options->out, "Folder to make; must be absent or empty");
  auto* shape = command->add_option("--shape", options->shape, "Built-in shape, e.g. llama-3.2-1b");
  command->add_option("--config", options->config, "Folder with a config.json to follow")
      ->excludes(shape);
  command->add_option("--layers", custom.layers, "Layers")->capture_default_str();
  command->add_option("--hidden", custom.hidden_size, "Hidden size")->capture_default_str();
  command->add_option("--ffn", custom.intermediate_size, "Feed-forward size")
      ->capture_default_str();
  command->add_option("--heads", custom.heads, "Query heads")->capture_default_str();
  command->add_option("--kv-heads", custom.kv_heads, "KV heads")->capture_default_str();
  command->add_option("--head-dim", custom.head_dim, "Size of one head")->capture_default_str();
  command->add_option("--vocab", custom.vocab_size, "Vocabulary")->capture_default_str();
  command->add_flag("--tied", custom.tie_word_embeddings, "Tie output to input embeddings");
  command->add_option("--dtype", options->type, "f32, f16 or bf16")
      ->check(one_of({"f32", "f16", "bf16"}))
      ->capture_default_str();
  command->add_option("--seed", options->random.seed, "Seed")->capture_default_str();
  command
      ->add_option("--attention-scale", options->random.attention_scale,
                   "Above 1 attention gets sharper")
      ->capture_default_str();
  command->add_option("--max-shard", options->max_shard, "Split files above this size, e.g. 2GB");
  command->add_flag("--random", options->in_memory,
                    "Make no folder: make the weights of --shape in memory, where --model "
                    "random:SHAPE will, and say what they take");
  command->add_option("--device", options->device, "Where, with --random")
      ->check(one_of({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  command->add_option("--threads", options->random.threads, "Threads")->capture_default_str();
  command->callback([=, &exit_code] { exit_code = run_make_model(*command, *options); });
}

}  // namespace kvfoot::cli
