// kvfoot record: run the model and write an attention trace.
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/given.hpp"
#include "cli/model_options.hpp"
#include "cli/tokens.hpp"
#include "cli/version.hpp"
#include "executor/run/recorder.hpp"
#include "sim/core/text.hpp"
#include "sim/io/content_hash.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  ModelOptions model;
  std::string out;
  std::string fidelity = "rows";
  std::string key_block = "auto";
  std::vector<std::int64_t> side_votes;
  std::int64_t side_window = 64;
  bool no_text = false;
};

// Byte ranges of the prompt's text to token ranges: a token belongs to a segment if its first byte
// does.
std::vector<TraceSegment> token_segments(const Prompt& prompt, const Tokenizer& tokenizer) {
  std::vector<TraceSegment> segments;
  for (const task::Segment& segment : prompt.segments) {
    TraceSegment out{.name = segment.name, .begin_token = -1, .end_token = 0};
    std::size_t at = 0;
    for (std::size_t i = 0; i < prompt.tokens.size(); ++i) {
      const bool special = tokenizer.is_special(prompt.tokens[i]);
      if (!special && at >= segment.begin_byte && at < segment.end_byte) {
        out.begin_token = out.begin_token < 0 ? static_cast<std::int64_t>(i) : out.begin_token;
        out.end_token = static_cast<std::int64_t>(i) + 1;
      }
      at += special ? 0 : tokenizer.token_bytes(prompt.tokens[i]).size();
    }
    if (out.begin_token >= 0) {
      segments.push_back(out);
    }
  }
  return segments;
}

void print_outcome(const RecordOutcome& outcome, const Options& options,
                   const TraceEstimate& estimate, const Prompt& prompt, const LoadedModel& model) {
  const SessionResult& session = outcome.session;
  std::printf("%s: %" PRId64 " prompt tokens, %zu generated, %s (predicted at most %s)\n",
              options.out.c_str(), session.run.prompt, session.output.size(),
              format_bytes(outcome.bytes).c_str(), format_bytes(estimate.total).c_str());
  std::printf(
      "ran for %.2f s (prompt %.2f s, output %.2f s) on %s, KV at the peak %s; recording: %.2f s "
      "of all threads to code rows, "
      "%.2f s to write\n",
      session.prefill_s + session.decode_s, session.prefill_s, session.decode_s,
      std::string(model.backend->device()).c_str(), format_bytes(session.peak_kv_bytes).c_str(),
      outcome.coding_s, outcome.writing_s);
  const std::string text = model.tokenizer->decode(session.output, true);
  std::printf("output: %s\n", printable(text).c_str());
  if (!prompt.expected.empty()) {
    std::printf("expected: %s (%s)\n", printable(prompt.expected).c_str(),
                text.find(prompt.expected) != std::string::npos ? "found" : "not found");
  }
}

// Keys that share a mean in a `blocks` trace: as asked, else what suits the prompt.
Result<std::int32_t> key_block(const Options& options, TraceFidelity fidelity,
                               std::int64_t prompt) {
  if (options.key_block == "auto") {
    return key_block_for(prompt);
  }
  if (fidelity == TraceFidelity::kRows) {
    return Error{"--key-block", "needs --fidelity blocks", "rows keep every key apart"};
  }
  return options.key_block == "128" ? 128 : 64;
}

Status record(const Command& command, const Options& options) {
  if (options.side_votes.empty()) {
    KVFOOT_TRY(check_not_given(command, {"--side-window"}, "is about --side-votes",
                               "add --side-votes C,C"));
  }
  KVFOOT_ASSIGN(const TraceFidelity fidelity, parse_fidelity(options.fidelity));
  KVFOOT_ASSIGN(const PreparedRun prepared, prepare_run(options.model));
  const LoadedModel& model = prepared.model;
  if (!options.side_votes.empty() && prepared.spec.name != "full") {
    return Error{"--side-votes", "needs --policy full",
                 "a trace of an evicting policy serves only that policy"};
  }
  RecordRequest request;
  request.path = options.out;
  request.policy_spec = to_string(prepared.spec);
  request.checkpoint_hash = hash_digits(model.fingerprint);
  request.program_version = kVersion;
  request.fidelity = fidelity;
  request.segments = token_segments(prepared.prompt, *model.tokenizer);
  if (!options.no_text) {
    request.token_text = [&](std::int32_t token) {
      return std::string(model.tokenizer->token_bytes(token));
    };
  }
  KVFOOT_ASSIGN(request.coding.key_block, key_block(options, fidelity, prepared.run.prompt));
  request.coding.side_votes = options.side_votes;
  request.coding.side_window =
      options.side_votes.empty() ? 0 : static_cast<std::int32_t>(options.side_window);
  SessionRequest& session = request.session;
  session = session_of(prepared, options.model);
  session.side_chunks = options.side_votes;
  session.side_window = request.coding.side_window;
  const TraceEstimate estimate = estimate_trace(trace_header(request, model.backend->shape()),
                                                request.coding, prepared.policy->needs());
  std::fprintf(stderr, "recording %" PRId64 " rows, at most %s on disk\n", prepared.run.rows(),
               format_bytes(estimate.total).c_str());
  ProgressLine progress("record");
  session.on_progress = [&](std::int64_t done, std::int64_t total) {
    progress.update(done, total);
  };
  auto outcome = record_run(*model.backend, request);
  progress.clear();
  if (!outcome) {
    return std::move(outcome).error();
  }
  print_outcome(*outcome, options, estimate, prepared.prompt, model);
  return {};
}

}  // namespace

void add_record(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  Command* command = root.add_subcommand(
      "record", "Run Llama inference and write an attention trace that replay can read");
  add_model_flag(*command, options->model);
  add_run_flags(*command, options->model);
  command->add_option("--out", options->out, "Trace file to write (HDF5)")->required();
  command
      ->add_option("--fidelity", options->fidelity,
                   "rows: every softmax row, for short prompts; blocks: sums over 64 rows")
      ->check(one_of({"rows", "blocks"}))
      ->capture_default_str();
  command
      ->add_option("--key-block", options->key_block,
                   "Keys of blocks that share a mean; auto takes 64, and 128 beyond 49152 "
                   "prompt tokens")
      ->check(one_of({"auto", "64", "128"}))
      ->capture_default_str();
  command
      ->add_option("--side-votes", options->side_votes,
                   "Chunk sizes whose patched votes are recorded too, multiples of --chunk")
      ->transform(tokens())
      ->delimiter(',');
  command->add_option("--side-window", options->side_window, "Voting rows of the side votes")
      ->transform(tokens())
      ->check(in_range(1, 4096))
      ->capture_default_str();
  command->add_flag("--no-text", options->no_text, "Leave the text of the tokens out");
  command->callback([=, &exit_code] {
    const Status status = record(*command, *options);
    exit_code = status ? kDone : fail(status.error());
  });
}

}  // namespace kvfoot::cli
