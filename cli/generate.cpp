// kvfoot generate: run the model under a policy and print the text.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/model_options.hpp"
#include "executor/run/session.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  ModelOptions model;
  bool quiet = false;
};

void print_summary(const SessionResult& result, const LoadedModel& model, DType kv_dtype) {
  const auto generated = static_cast<std::int64_t>(result.output.size());
  const std::int64_t full_bytes = model.backend->shape().layers *
                                  static_cast<std::int64_t>(model.backend->shape().kv_heads) *
                                  entry_bytes(model.backend->shape(), kv_dtype) * result.run.rows();
  std::fprintf(stderr,
               "%lld prompt tokens in %.2f s (%.0f/s), %lld generated in %.2f s (%.1f/s), on %s\n"
               "KV at the peak %s, %s at the end; full attention would hold %s\n",
               static_cast<long long>(result.run.prompt), result.prefill_s,
               static_cast<double>(result.run.prefill_rows()) / result.prefill_s,
               static_cast<long long>(generated), result.decode_s,
               result.decode_s > 0 ? static_cast<double>(generated) / result.decode_s : 0.0,
               std::string(model.backend->device()).c_str(),
               format_bytes(result.peak_kv_bytes).c_str(),
               format_bytes(result.memory.empty() ? 0 : result.memory.back().bytes).c_str(),
               format_bytes(full_bytes).c_str());
  if (const std::int64_t used = model.backend->device_used_bytes(); used > 0) {
    const MemoryCounters counters = model.backend->counters();
    std::fprintf(
        stderr, "on the card: %s taken (%s of it for weights), %s in use as its driver says\n",
        format_bytes(counters.reserved_bytes).c_str(),
        format_bytes(counters.held[MemoryClass::kWeights]).c_str(), format_bytes(used).c_str());
  }
}

Status generate(const Options& options) {
  KVFOOT_ASSIGN(const PreparedRun prepared, prepare_run(options.model));
  const LoadedModel& model = prepared.model;
  const RunLengths& run = prepared.run;
  ProgressLine progress("prefill");
  StreamDecoder decoder(*model.tokenizer);
  bool printed = false;
  SessionRequest request = session_of(prepared, options.model);
  request.run_last_token = false;
  request.on_progress = [&](std::int64_t done, std::int64_t /*total*/) {
    if (done < run.prompt) {
      progress.update(done, run.prompt);
    }
  };
  request.on_token = [&](std::int32_t token) {
    progress.clear();
    printed = true;
    std::fputs(decoder.push(token).c_str(), stdout);
    std::fflush(stdout);
  };
  auto result = run_session(*model.backend, request);
  progress.clear();
  if (result || printed) {
    std::fputs((decoder.flush() + "\n").c_str(), stdout);
    std::fflush(stdout);  // before what stderr says about it
  }
  if (!result) {
    return std::move(result).error();
  }
  if (!prepared.prompt.expected.empty()) {
    const std::string text = model.tokenizer->decode(result->output, true);
    std::fprintf(stderr, "expected: %s (%s)\n", printable(prepared.prompt.expected).c_str(),
                 text.find(prepared.prompt.expected) != std::string::npos ? "found" : "not found");
  }
  if (!options.quiet) {
    print_summary(*result, model, prepared.kv_dtype);
  }
  return {};
}

}  // namespace

void add_generate(CLI::App& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      root.add_subcommand("generate", "Run Llama inference under any policy and print the text");
  add_model_flag(*command, options->model);
  add_run_flags(*command, options->model);
  command->add_flag("--quiet", options->quiet, "Print the text alone, no summary");
  command->callback([=, &exit_code] {
    const Status status = generate(*options);
    exit_code = status ? kDone : fail(status.error());
  });
}

}  // namespace kvfoot::cli
