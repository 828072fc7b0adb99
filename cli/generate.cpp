// kvfoot generate: run the model under a policy and print the text.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/model_options.hpp"
#include "executor/run/session.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  ModelOptions model;
  bool quiet = false;
};

// When tokens appeared: what a user waits for, head, sampling and decisions included.
class TokenClock {
 public:
  void note() {
    last_ = Clock::now();
    if (tokens_++ == 0) {
      first_ = last_;
    }
  }
  // "12 prompt tokens and the first output token in 0.52 s (23/s), 7 more in 0.30 s (23.3/s)".
  [[nodiscard]] std::string text(std::int64_t prompt) const {
    std::string line = std::to_string(prompt) + " prompt tokens";
    if (tokens_ > 0) {
      line += " and the first output token in " + pace(prompt, first_ - begin_, 0);
    }
    if (tokens_ > 1) {
      line +=
          ", " + std::to_string(tokens_ - 1) + " more in " + pace(tokens_ - 1, last_ - first_, 1);
    }
    return line;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static std::string pace(std::int64_t tokens, Clock::duration time, int digits) {
    const double seconds = std::max(std::chrono::duration<double>(time).count(), 1e-9);
    std::array<char, 64> line{};
    std::snprintf(line.data(), line.size(), "%.2f s (%.*f/s)", seconds, digits,
                  static_cast<double>(tokens) / seconds);
    return line.data();
  }

  Clock::time_point begin_ = Clock::now();
  Clock::time_point first_;
  Clock::time_point last_;
  std::int64_t tokens_ = 0;
};

void print_summary(const SessionResult& result, const TokenClock& clock, const LoadedModel& model,
                   DType kv_dtype) {
  const std::int64_t full_bytes = model.backend->shape().layers *
                                  static_cast<std::int64_t>(model.backend->shape().kv_heads) *
                                  entry_bytes(model.backend->shape(), kv_dtype) * result.run.rows();
  std::fprintf(stderr,
               "%s, on %s\n"
               "KV at the peak %s, %s at the end; full attention would hold %s\n",
               clock.text(result.run.prompt).c_str(), std::string(model.backend->device()).c_str(),
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
  TokenClock clock;
  SessionRequest request = session_of(prepared, options.model);
  request.run_last_token = false;
  request.on_progress = [&](std::int64_t done, std::int64_t /*total*/) {
    if (done < run.prompt) {
      progress.update(done, run.prompt);
    }
  };
  request.on_token = [&](std::int32_t token) {
    clock.note();
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
    print_summary(*result, clock, model, prepared.kv_dtype);
  }
  return {};
}

}  // namespace

void add_generate(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  Command* command =
      root.add_subcommand("generate", "Run Llama inference under any policy and print the text");
  add_model_flag(*command, options->model);
  add_run_flags(*command, options->model);
  command->add_flag(
      "--quiet", options->quiet,
      "Print the text alone, without seconds to the first token, tokens/s after it, memory");
  command->callback([=, &exit_code] {
    const Status status = generate(*options);
    exit_code = status ? kDone : fail(status.error());
  });
}

}  // namespace kvfoot::cli
