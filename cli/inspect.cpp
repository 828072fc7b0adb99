// kvfoot inspect: what a trace, a checkpoint, a scenario or a result holds.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/model_options.hpp"
#include "executor/model/config.hpp"
#include "executor/model/weights.hpp"
#include "sim/core/text.hpp"
#include "sim/io/content_hash.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/sweep_export.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot::cli {
namespace {

void field(const char* name, const std::string& value) {
  std::printf("  %-16s %s\n", name, printable(value).c_str());
}

std::string shape_text(const ModelShape& shape) {
  return std::to_string(shape.layers) + " layers, " + std::to_string(shape.q_heads) +
         " query heads, " + std::to_string(shape.kv_heads) + " KV heads of " +
         std::to_string(shape.head_dim) + " (" + shape.name + ")";
}

Status inspect_trace(const std::string& path, bool verify) {
  KVFOOT_ASSIGN(const auto trace, TraceReader::open(path));
  const TraceHeader& header = trace->header();
  std::printf("%s: attention trace, %s\n", path.c_str(), format_bytes(trace->file_bytes()).c_str());
  field("model", shape_text(header.shape));
  field("checkpoint", header.checkpoint_hash);
  field("rows", std::to_string(header.run.prompt) + " prompt + " +
                    std::to_string(header.run.output) + " output, " +
                    std::to_string(header.run.passes()) + " passes, chunk " +
                    (header.run.chunk == kWholePrompt ? "all" : std::to_string(header.run.chunk)));
  field("policy", header.policy + (trace->full_cache() ? " (any policy can be replayed)"
                                                       : " (only this policy can be replayed)"));
  const TraceCoding& coding = trace->coding();
  field("fidelity", header.fidelity == TraceFidelity::kRows
                        ? std::string("rows")
                        : "blocks of " + std::to_string(coding.row_block) + " rows, means over " +
                              std::to_string(coding.key_block) + " keys");
  field("KV", std::string(to_string(header.kv_dtype)) + ", pages of " +
                  std::to_string(header.block) + " entries");
  field("recorded by", "kvfoot " + header.program_version + " on " + header.device);
  for (const TraceSegment& segment : header.segments) {
    field("segment", segment.name + " [" + std::to_string(segment.begin_token) + ", " +
                         std::to_string(segment.end_token) + ")");
  }
  std::int64_t side = 0;
  for (const TracePass& pass : trace->passes()) {
    side += pass.side ? 1 : 0;
  }
  if (side > 0) {
    field("side votes", std::to_string(side) + " passes");
  }
  KVFOOT_ASSIGN(const auto decisions, trace->decisions());
  field("decisions", std::to_string(decisions.size()));
  field("answers", std::to_string(trace->answer_count()));
  if (verify) {
    KVFOOT_TRY(trace->verify());
    field("content hash", hash_digits(trace->content_hash()));
    field("checksums", "all good");
  }
  return {};
}

Status inspect_checkpoint(const std::string& path) {
  KVFOOT_ASSIGN(const LlamaWeights weights, load_llama(path));
  const LlamaConfig& config = weights.config;
  std::printf("%s: Llama checkpoint\n", path.c_str());
  const ModelShape shape =
      model_shape(config, std::filesystem::weakly_canonical(path).filename().string());
  field("shape", shape_text(shape));
  field("sizes", "hidden " + std::to_string(config.hidden_size) + ", feed-forward " +
                     std::to_string(config.intermediate_size) + ", vocabulary " +
                     std::to_string(config.vocab_size) +
                     (config.tie_word_embeddings ? ", tied embeddings" : ""));
  field("context", std::to_string(config.max_position_embeddings));
  field("parameters", std::to_string(config.parameter_count()));
  const std::int64_t per_token =
      static_cast<std::int64_t>(shape.layers) * shape.kv_heads * entry_bytes(shape, DType::kBF16);
  field("KV per token", format_bytes(per_token) + " in bf16");
  field("fingerprint", hash_digits(weights_fingerprint(*weights.source)));
  return {};
}

Status inspect_result(const std::string& path) {
  KVFOOT_ASSIGN(const SweepResult sweep, load_results(path));
  std::printf("%s: %zu results%s%s\n", path.c_str(), sweep.results.size(),
              sweep.title.empty() ? "" : ", ", sweep.title.c_str());
  std::printf("%s\n%s", shared_inputs(sweep.results).c_str(),
              table_to_text(results_table(sweep.results)).c_str());
  return {};
}

Status inspect_scenario(const std::string& path) {
  KVFOOT_ASSIGN(const Scenario scenario, load_scenario(path));
  std::printf("%s: scenario\n", path.c_str());
  field("title", scenario.title);
  field("teaches", scenario.teaches);
  field("runs", std::to_string(scenario.points.size()));
  field("hash", scenario.hash);
  return {};
}

std::string beginning_of(const std::string& path) {
  std::string begin(std::size_t{1} << 16, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return begin;
}

// What is neither YAML nor JSON by its name.
Status inspect_binary(const std::string& path, bool verify) {
  const std::string begin = beginning_of(path);
  if (!begin.starts_with("\x89HDF")) {
    return Error{path, "is neither HDF5 nor named .json, .yaml or .yml",
                 "give a trace, a checkpoint folder, a scenario or a result's JSON"};
  }
  // Sweeps write HDF5 too. Its schema stands among the attributes at the file's beginning.
  if (begin.find(kRunsSchema.substr(0, kRunsSchema.find('/'))) != std::string::npos) {
    return Error{path, "holds the rows of a sweep for other tools, not a trace",
                 "inspect the sweep's JSON, or open it with h5py (docs/results.md)"};
  }
  return inspect_trace(path, verify);
}

Status inspect(const std::string& path, bool verify) {
  const std::filesystem::path file(path);
  std::error_code code;
  if (!std::filesystem::exists(file, code)) {
    return Error{path, "does not exist", "give a trace, checkpoint folder, scenario or result"};
  }
  const std::string extension = file.extension().string();
  const bool folder = std::filesystem::is_directory(file, code);
  const bool text = extension == ".yaml" || extension == ".yml" || extension == ".json";
  if (verify && (folder || text)) {
    return Error{"--verify", "checks traces, and " + path + " is none", "leave it out"};
  }
  if (folder) {
    return inspect_checkpoint(path);
  }
  if (extension == ".yaml" || extension == ".yml") {
    return inspect_scenario(path);
  }
  if (extension == ".json") {
    return inspect_result(path);
  }
  return inspect_binary(path, verify);
}

}  // namespace

void add_inspect(Command& root, int& exit_code) {
  Command* command = root.add_subcommand(
      "inspect", "Say what a trace, a checkpoint folder, a scenario or a result holds");
  auto path = std::make_shared<std::string>();
  auto verify = std::make_shared<bool>(false);
  command->add_option("PATH", *path, "Trace, checkpoint folder, scenario or result")->required();
  command->add_flag("--verify", *verify, "Read every byte of a trace and check it");
  command->callback([=, &exit_code] {
    const Status status = inspect(*path, *verify);
    exit_code = status ? kDone : fail(status.error());
  });
}

}  // namespace kvfoot::cli
