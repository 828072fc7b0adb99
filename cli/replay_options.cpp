// From the flags of a replay to a request.
#include "cli/replay_options.hpp"

#include "cli/command_line.hpp"
#include "cli/tokens.hpp"
#include "cli/version.hpp"
#include "sim/io/content_hash.hpp"
#include "sim/io/shape_file.hpp"
#include "sim/report/machine.hpp"

namespace kvfoot::cli {

void add_replay_flags(Command& command, ReplayOptions& options) {
  auto* trace = command.add_option("TRACE", options.trace, "Trace file (kvfoot record)");
  auto* shape = command.add_option("--shape", options.shape,
                                   "Instead of a trace: a built-in shape or a config.json");
  shape->excludes(trace);
  command
      .add_option("--prompt", options.prompt, "Prompt length in tokens (with --shape), e.g. 128K")
      ->transform(tokens());
  command
      .add_option("--output", options.output,
                  "Output length; default: as recorded, or 128 without a trace")
      ->transform(tokens());
  command.add_option("--batch", options.batch, "Equal requests that run together")
      ->capture_default_str();
  add_schedule_flags(command, options);
  command
      .add_option("--accounting", options.accounting,
                  "exact counts what is resident; paper evaluates the published closed forms")
      ->check(one_of({"exact", "paper"}))
      ->capture_default_str();
  command.add_option("--kv-dtype", options.kv_dtype,
                     "f32, f16 or bf16; default: as recorded, else bf16");
  command
      .add_option("--kv-quant", options.kv_quant,
                  "Bytes of quantised KV: kivi:bits=2,group=32,residual=128 or "
                  "kvquant:bits=3,outliers=0.01")
      ->capture_default_str();
  command
      .add_option("--kv-index", options.kv_index,
                  "Metadata of a selection method: quest:page=16,budget=2048 or moba:block=512")
      ->capture_default_str();
  command
      .add_option("--kv-alloc", options.kv_alloc,
                  "ragged, or rectangular: streams of a layer take as much as the largest")
      ->capture_default_str();
  command
      .add_option("--kv-copies", options.kv_copies, "One K and V per kv head, or per query head")
      ->capture_default_str();
  command.add_option("--seed", options.seed, "Seed of policies that choose heads by hash");
}

Result<ReplayRequest> replay_request(const ReplayOptions& options) {
  ReplayRequest request;
  if (!options.trace.empty()) {
    KVFOOT_ASSIGN(request.trace, TraceReader::open(options.trace));
  } else if (!options.shape.empty()) {
    KVFOOT_ASSIGN(request.shape, resolve_shape(options.shape, "."));
  } else {
    return Error{"kvfoot replay", "nothing to replay",
                 "give a trace, or --shape NAME and --prompt N"};
  }
  KVFOOT_ASSIGN(request.policy, parse_policy(options.policy));
  KVFOOT_ASSIGN(request.chunk, parse_chunk(options.chunk));
  if (!options.kv_dtype.empty()) {
    KVFOOT_ASSIGN(request.kv_dtype, parse_dtype(options.kv_dtype));
  }
  KVFOOT_ASSIGN(request.layout.quant, parse_kv_quant(options.kv_quant));
  KVFOOT_ASSIGN(request.layout.index, parse_kv_index(options.kv_index));
  KVFOOT_ASSIGN(request.layout.alloc, parse_kv_alloc(options.kv_alloc));
  KVFOOT_ASSIGN(request.layout.copies, parse_kv_copies(options.kv_copies));
  request.prompt = options.prompt;
  request.output = options.output;
  request.batch = options.batch;
  request.block = options.block;
  request.seed = options.seed;
  request.accounting = options.accounting == "paper" ? Accounting::kPaper : Accounting::kExact;
  request.last_prompt_token =
      options.last_prompt_token == "decode" ? LastPromptToken::kDecode : LastPromptToken::kPrefill;
  return request;
}

Result<RunResult> run_result(const ReplayRequest& request, const ReplayOutcome& outcome,
                             bool hash_trace) {
  RunResult result;
  result.inputs = outcome.inputs;
  result.metrics = outcome.metrics;
  result.warnings = outcome.warnings;
  result.provenance.program = kVersionText;
  result.provenance.machine = machine_description();
  if (request.trace != nullptr && hash_trace) {
    result.provenance.trace_hash = hash_digits(request.trace->content_hash());
  }
  return result;
}

}  // namespace kvfoot::cli
