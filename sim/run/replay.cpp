// Defaults, accounting, and the grouping of schedules by trace.
#include "sim/run/replay.hpp"

#include <algorithm>
#include <utility>

#include "sim/core/text.hpp"
#include "sim/engine/counts.hpp"
#include "sim/engine/paper.hpp"
#include "sim/run/policy_for_run.hpp"
#include "sim/run/replay_clock.hpp"

namespace kvfoot {
namespace {

// A request with every default filled in.
struct Prepared {
  RunInputs inputs;
  std::shared_ptr<const Policy> policy;
  std::vector<Warning> warnings;
};

Result<RunInputs> resolve(const ReplayRequest& request) {
  RunInputs inputs;
  inputs.policy = request.policy.name;
  inputs.spec = to_string_full(request.policy);
  inputs.params = request.policy.given;
  inputs.accounting = request.accounting;
  inputs.batch = request.batch;
  inputs.block_size = request.block;
  inputs.layout = request.layout;
  inputs.device_model = request.device ? request.device_name : "";
  inputs.weight_dtype = request.weight_dtype;
  inputs.logits = request.logits;
  inputs.run.chunk = request.chunk;
  inputs.run.last_prompt_token = request.last_prompt_token;
  if (request.trace != nullptr) {
    const TraceHeader& header = request.trace->header();
    if (request.shape) {
      return Error{"shape", "a trace has its own shape", "drop --shape, or replay without a trace"};
    }
    if (request.prompt && *request.prompt != header.run.prompt) {
      return Error{request.trace->path(),
                   "its prompt has " + std::to_string(header.run.prompt) + " tokens, not " +
                       std::to_string(*request.prompt),
                   "a trace is replayed with the prompt that it recorded"};
    }
    inputs.trace = request.trace->path();
    inputs.shape = header.shape;
    inputs.run.prompt = header.run.prompt;
    inputs.run.output = request.output.value_or(header.run.output);
    inputs.kv_dtype = request.kv_dtype.value_or(header.kv_dtype);
    inputs.seed = request.seed.value_or(header.seed);
    return inputs;
  }
  if (!request.shape || !request.prompt) {
    return Error{request.shape ? "prompt" : "shape", "is missing",
                 "give a trace, or a shape and a prompt length"};
  }
  inputs.shape = *request.shape;
  inputs.run.prompt = *request.prompt;
  inputs.run.output = request.output.value_or(kDefaultOutput);
  inputs.kv_dtype = request.kv_dtype.value_or(DType::kBF16);
  inputs.seed = request.seed.value_or(0);
  return inputs;
}

void add_warning(std::vector<Warning>& warnings, std::string code, std::string text) {
  const bool known = std::any_of(warnings.begin(), warnings.end(),
                                 [&](const Warning& w) { return w.code == code; });
  if (!known) {
    warnings.push_back({std::move(code), std::move(text)});
  }
}

// What the numbers of a layout leave out.
void warn_of_layout(const KvLayout& layout, std::vector<Warning>& warnings) {
  if (layout.quant.scheme != KvScheme::kNone) {
    add_warning(warnings, "quality_not_modelled",
                "bytes are those of " + to_string(layout.quant) +
                    "; what quantisation does to the output is not modelled");
  }
  if (layout.index.kind != KvIndexKind::kNone) {
    add_warning(warnings, "selection_not_simulated",
                "bytes hold the metadata of " + to_string(layout.index) +
                    "; which entries it selects is not simulated: all resident entries count as "
                    "live");
  }
}

Result<Prepared> prepare(const ReplayRequest& request) {
  Prepared prepared;
  KVFOOT_ASSIGN(prepared.inputs, resolve(request));
  const RunInputs& inputs = prepared.inputs;
  KVFOOT_TRY(validate(inputs.run));
  KVFOOT_TRY(validate(inputs.shape));
  KVFOOT_ASSIGN(prepared.policy, policy_for_run(request.policy, inputs.shape, inputs.run,
                                                inputs.kv_dtype, inputs.seed, request.read_file));
  if (inputs.shape.hybrid() && inputs.shape.full_layers() == 0) {
    add_warning(prepared.warnings, "every_layer_slides",
                "every layer of " + inputs.shape.name + " sees its last " +
                    std::to_string(inputs.shape.sliding.window) +
                    " tokens only: the policy has nothing to decide");
  }
  KVFOOT_TRY(check_layout(inputs.layout, inputs.shape));
  warn_of_layout(inputs.layout, prepared.warnings);
  for (auto& [code, text] : prepared.policy->remarks()) {
    add_warning(prepared.warnings, std::move(code), std::move(text));
  }
  return prepared;
}

Result<ReplayOutcome> replay_paper(Prepared prepared) {
  if (prepared.inputs.shape.hybrid()) {
    return Error{"accounting",
                 "the published script knows no sliding layers, which " +
                     prepared.inputs.shape.name + " has",
                 "use --accounting exact"};
  }
  const auto form = prepared.policy->paper_form();
  if (!form) {
    return Error{"accounting",
                 "the published script has no closed form for " + prepared.inputs.spec,
                 "use --accounting exact"};
  }
  KVFOOT_ASSIGN(const PaperNumbers numbers, paper_numbers(*form, prepared.inputs.run));
  if (prepared.inputs.batch != 1 || prepared.inputs.layout != KvLayout{}) {
    return Error{prepared.inputs.batch != 1 ? "batch" : "layout of the KV cache",
                 "the published closed forms know no bytes", "use --accounting exact"};
  }
  ReplayOutcome outcome;
  outcome.metrics.rows = prepared.inputs.run.rows();
  outcome.metrics.footprint = numbers.footprint;
  outcome.metrics.peak_ratio = numbers.peak_ratio;
  if (!prepared.inputs.device_model.empty()) {
    add_warning(prepared.warnings, "no_clock",
                "the published closed forms say nothing about single passes: times and whole "
                "memory are absent under paper accounting");
  }
  if (prepared.inputs.run.last_prompt_token == LastPromptToken::kDecode) {
    add_warning(prepared.warnings, "paper_prefills_all",
                "the published script prefills every prompt token; last-prompt-token decode does "
                "not change its numbers");
  }
  outcome.inputs = std::move(prepared.inputs);
  outcome.warnings = std::move(prepared.warnings);
  return outcome;
}

// Says that a policy did nothing: a sweep over budgets that all exceed the context looks like a
// result and is none.
void warn_if_idle(const ReplayOutcome& outcome, std::int32_t heads,
                  std::vector<Warning>& warnings) {
  const bool said = std::any_of(warnings.begin(), warnings.end(), [](const Warning& warning) {
    return warning.code == "budget_covers_context";
  });
  if (outcome.inputs.policy != "full" && !said &&
      outcome.metrics.entry_rows ==
          native_entry_rows(outcome.inputs.shape, outcome.inputs.run, heads)) {
    add_warning(warnings, "evicts_nothing",
                "the policy evicted nothing that a later row could have seen: its budgets are not "
                "smaller than the context");
  }
}

// One progress over all that a call does: every row counts once when it is replayed, and once more
// when it is timed.
class Phases {
 public:
  explicit Phases(const ReplayControl& whole) : whole_(whole) {}
  Phases(const Phases&) = delete;
  Phases& operator=(const Phases&) = delete;

  // Of all phases, before the first.
  void expect(const ReplayRequest& request, std::int64_t rows) {
    total_ += request.device ? 2 * rows : rows;
  }
  // What the next phase is told; it may refer to this.
  [[nodiscard]] ReplayControl next(std::int64_t rows) {
    ReplayControl phase{whole_.cancel, {}};
    if (whole_.on_progress) {
      phase.on_progress = [this, before = before_](std::int64_t done, std::int64_t) {
        whole_.on_progress(before + done, total_);
      };
    }
    before_ += rows;
    return phase;
  }

 private:
  const ReplayControl& whole_;
  std::int64_t total_ = 0;
  std::int64_t before_ = 0;  // rows of the phases up to here
};

Result<ReplayOutcome> finish(const ReplayRequest& request, Prepared prepared, Metrics metrics,
                             std::optional<ResidenceProfile> profile, Phases& phases) {
  ReplayOutcome outcome;
  const std::int32_t heads = storage_heads(*prepared.policy, prepared.inputs.shape);
  outcome.inputs = std::move(prepared.inputs);
  outcome.metrics = std::move(metrics);
  outcome.profile = std::move(profile);
  outcome.policy = std::move(prepared.policy);
  warn_if_idle(outcome, heads, prepared.warnings);
  if (request.device) {
    KVFOOT_TRY(add_clock(request, phases.next(outcome.inputs.run.rows()), outcome));
    if (const auto& peak = outcome.clock->peak.bytes; peak.total() > request.device->memory) {
      add_warning(prepared.warnings, "exceeds_memory",
                  "the peak of " + format_bytes(peak.total()) + " does not fit into the " +
                      format_bytes(request.device->memory) + " of " + request.device_name);
    }
  }
  if (!request.profile) {
    outcome.profile.reset();
  }
  outcome.warnings = std::move(prepared.warnings);
  return outcome;
}

Result<ReplayOutcome> replay_shape(Prepared prepared, const ReplayRequest& request,
                                   Phases& phases) {
  CountOptions options;
  options.block = prepared.inputs.block_size;
  options.batch = prepared.inputs.batch;
  options.layout = prepared.inputs.layout;
  options.kv_dtype = prepared.inputs.kv_dtype;
  options.profile = request.profile || request.device;
  const RunInputs& in = prepared.inputs;
  KVFOOT_TRY(check_countable(in.shape, in.run, storage_heads(*prepared.policy, in.shape),
                             in.block_size, in.batch, in.layout));
  auto counted = replay_counts(*prepared.policy, prepared.inputs.shape, prepared.inputs.run,
                               options, phases.next(prepared.inputs.run.rows()));
  if (!counted) {
    Error error = std::move(counted).error();
    if (error.kind != ErrorKind::kInterrupted) {
      error.where = prepared.inputs.spec;
    }
    return error;
  }
  return finish(request, std::move(prepared), std::move(counted->metrics),
                std::move(counted->profile), phases);
}

TraceSchedule schedule_of(const Prepared& prepared, const ReplayRequest& request) {
  TraceSchedule schedule;
  schedule.policy = prepared.policy.get();
  schedule.spec = to_string(request.policy);
  schedule.run = prepared.inputs.run;
  schedule.block = prepared.inputs.block_size;
  schedule.batch = prepared.inputs.batch;
  schedule.layout = prepared.inputs.layout;
  schedule.kv_dtype = prepared.inputs.kv_dtype;
  schedule.retained_mass = request.retained_mass;
  schedule.profile = request.profile || request.device;
  schedule.sink = request.sink;
  return schedule;
}

Result<ReplayOutcome> finish_traced(const ReplayRequest& request, Prepared prepared,
                                    TraceOutcome traced, Phases& phases) {
  for (Warning& warning : traced.warnings) {
    add_warning(prepared.warnings, std::move(warning.code), std::move(warning.text));
  }
  KVFOOT_ASSIGN(ReplayOutcome outcome,
                finish(request, std::move(prepared), std::move(traced.schedule.metrics),
                       std::move(traced.schedule.profile), phases));
  outcome.stream_mass = std::move(traced.stream_mass);
  outcome.bytes_touched = traced.bytes_touched;
  return outcome;
}

// What a schedule over a trace may keep: per key and stream a position, and a sum where mass is
// accumulated.
std::int64_t most_bytes(const Prepared& prepared) {
  const ModelShape& shape = prepared.inputs.shape;
  const std::int64_t streams = std::int64_t{shape.layers} * storage_heads(*prepared.policy, shape);
  const std::int64_t per_key = prepared.policy->needs().accumulated ? 8 : 4;
  return streams * prepared.inputs.run.rows() * per_key;
}

bool needs_trace(const ReplayRequest& request) {
  return request.trace != nullptr && request.accounting == Accounting::kExact;
}

}  // namespace

std::size_t side_by_side(std::span<const std::int64_t> bytes) {
  constexpr std::int64_t kMostBytes = std::int64_t{512} << 20;
  std::size_t count = 0;
  for (std::int64_t sum = 0; count < bytes.size(); ++count) {
    sum += bytes[count];
    if (count > 0 && sum > kMostBytes) {
      break;
    }
  }
  return count;
}

Result<ReplayOutcome> replay(const ReplayRequest& request, const ReplayControl& control) {
  KVFOOT_ASSIGN(auto outcomes, replay_many(std::span(&request, 1), control));
  return std::move(outcomes.front());
}

Result<std::vector<Result<ReplayOutcome>>> replay_many(std::span<const ReplayRequest> requests,
                                                       const ReplayControl& control) {
  std::vector<std::optional<Result<ReplayOutcome>>> outcomes(requests.size());
  std::vector<Prepared> prepared(requests.size());
  Phases phases(control);
  std::vector<std::size_t> shapes;
  // Traces in the order in which they are first named.
  std::vector<std::pair<std::shared_ptr<const TraceReader>, std::vector<std::size_t>>> by_trace;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto made = prepare(requests[i]);
    if (!made) {
      outcomes[i].emplace(std::move(made).error());
    } else if (requests[i].accounting == Accounting::kPaper) {
      outcomes[i].emplace(replay_paper(std::move(made).value()));
    } else {
      phases.expect(requests[i], made->inputs.run.rows());
      prepared[i] = std::move(made).value();
      if (!needs_trace(requests[i])) {
        shapes.push_back(i);
        continue;
      }
      const auto& trace = requests[i].trace;
      auto at = std::find_if(by_trace.begin(), by_trace.end(),
                             [&](const auto& group) { return group.first == trace; });
      if (at == by_trace.end()) {
        by_trace.push_back({trace, {}});
        at = by_trace.end() - 1;
      }
      at->second.push_back(i);
    }
  }
  // An interruption is the error of the whole.
  const auto keep = [&](std::size_t i, Result<ReplayOutcome> outcome) -> Status {
    if (!outcome && outcome.error().kind == ErrorKind::kInterrupted) {
      return outcome.error();
    }
    outcomes[i].emplace(std::move(outcome));
    return {};
  };
  for (const std::size_t i : shapes) {
    KVFOOT_TRY(keep(i, replay_shape(std::move(prepared[i]), requests[i], phases)));
  }
  for (const auto& [trace, members] : by_trace) {
    std::vector<std::int64_t> bytes;
    for (const std::size_t i : members) {
      bytes.push_back(most_bytes(prepared[i]));
    }
    for (std::size_t done = 0; done < members.size();) {
      const std::size_t count = side_by_side(std::span(bytes).subspan(done));
      std::vector<TraceSchedule> schedules;
      std::int64_t rows = 0;
      for (std::size_t k = done; k < done + count; ++k) {
        schedules.push_back(schedule_of(prepared[members[k]], requests[members[k]]));
        rows += schedules.back().run.rows();
      }
      KVFOOT_ASSIGN(auto traced, replay_trace(trace, schedules, phases.next(rows)));
      for (auto& schedule : traced) {
        const std::size_t i = members[done++];
        if (!schedule) {
          outcomes[i].emplace(std::move(schedule).error());
        } else {
          KVFOOT_TRY(keep(i, finish_traced(requests[i], std::move(prepared[i]),
                                           std::move(schedule).value(), phases)));
        }
      }
    }
  }
  std::vector<Result<ReplayOutcome>> results;
  for (auto& outcome : outcomes) {
    results.push_back(std::move(*outcome));
  }
  return results;
}

}  // namespace kvfoot
