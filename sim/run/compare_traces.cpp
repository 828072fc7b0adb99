// Checks that two traces are of one run, then replays both and compares the logs.
#include "sim/run/compare_traces.hpp"

#include <algorithm>
#include <utility>

#include "sim/cache/decision_list.hpp"
#include "sim/engine/replay.hpp"
#include "sim/run/logged_policy.hpp"

namespace kvfoot {
namespace {

using Trace = std::shared_ptr<const TraceReader>;

bool same_streams(const ModelShape& a, const ModelShape& b) {
  return a.layers == b.layers && a.q_heads == b.q_heads && a.kv_heads == b.kv_heads &&
         a.head_dim == b.head_dim;
}

Status one_run(const TraceReader& first, const TraceReader& second) {
  for (const TraceReader* trace : {&first, &second}) {
    if (!trace->full_cache()) {
      return Error{trace->path(),
                   "was recorded while " + trace->header().policy +
                       " evicted, so other policies cannot be asked",
                   "compare recordings of --policy full"};
    }
  }
  const auto differ = [&](const std::string& what, const std::string& hint) {
    return Error{second.path(), "is of another run than " + first.path() + ": " + what, hint};
  };
  const TraceHeader& a = first.header();
  const TraceHeader& b = second.header();
  if (!same_streams(a.shape, b.shape)) {
    return differ("other layers, heads or head size", "record both from one model");
  }
  if (a.run.prompt != b.run.prompt || a.run.output != b.run.output) {
    return differ(std::to_string(b.run.prompt) + " + " + std::to_string(b.run.output) +
                      " tokens, not " + std::to_string(a.run.prompt) + " + " +
                      std::to_string(a.run.output),
                  "record the same prompt and output");
  }
  const auto [mine, its] =
      std::mismatch(first.tokens().begin(), first.tokens().end(), second.tokens().begin());
  if (mine != first.tokens().end()) {
    return differ("token " + std::to_string(mine - first.tokens().begin()) + " is " +
                      std::to_string(*its) + ", not " + std::to_string(*mine),
                  "record the same prompt, greedily");
  }
  return {};
}

struct Replayed {
  std::vector<ReplayOutcome> outcomes;
  std::vector<DecisionList> logs;
};

Result<Replayed> replay_all(const Trace& trace, const RunLengths& run,
                            std::span<const PolicySpec> policies, const ReplayControl& control) {
  Replayed all;
  all.logs.resize(policies.size());
  std::vector<ReplayRequest> requests(policies.size());
  for (std::size_t i = 0; i < policies.size(); ++i) {
    requests[i].trace = trace;
    requests[i].chunk = run.chunk;
    requests[i].policy = policies[i];
    requests[i].seed = 0;  // the traces may have been recorded with others
    requests[i].sink = &all.logs[i];
  }
  KVFOOT_ASSIGN(auto outcomes, replay_many(requests, control));
  for (auto& outcome : outcomes) {
    if (!outcome) {
      return std::move(outcome).error();
    }
    all.outcomes.push_back(std::move(outcome).value());
  }
  return all;
}

// What the decisions of these logs retain of the attention in `trace`.
Result<std::vector<std::optional<double>>> masses_of(const Trace& trace, const RunLengths& run,
                                                     const Replayed& deciders,
                                                     const ReplayControl& control) {
  std::vector<LoggedPolicy> logged;
  for (std::size_t i = 0; i < deciders.logs.size(); ++i) {
    logged.emplace_back(deciders.logs[i].records(), deciders.outcomes[i].policy->storage());
  }
  std::vector<TraceSchedule> schedules(logged.size());
  for (std::size_t i = 0; i < logged.size(); ++i) {
    schedules[i].policy = &logged[i];
    schedules[i].spec = "logged";
    schedules[i].run = run;
  }
  KVFOOT_ASSIGN(const auto outcomes, replay_trace(trace, schedules, control));
  std::vector<std::optional<double>> masses;
  for (const Result<TraceOutcome>& outcome : outcomes) {
    if (!outcome) {
      return outcome.error();
    }
    masses.push_back(outcome->schedule.metrics.retained_mass);
  }
  return masses;
}

}  // namespace

Result<std::vector<TraceComparison>> compare_traces(const Trace& first, const Trace& second,
                                                    std::span<const PolicySpec> policies,
                                                    std::span<const std::int64_t> chunks,
                                                    const ReplayControl& control) {
  KVFOOT_TRY(one_run(*first, *second));
  RunLengths run = first->header().run;
  run.last_prompt_token = LastPromptToken::kPrefill;
  const std::int64_t own = run.chunk;
  if (chunks.empty()) {
    chunks = std::span(&own, 1);
  }
  std::vector<TraceComparison> comparisons;
  for (const std::int64_t chunk : chunks) {
    run.chunk = chunk;
    KVFOOT_ASSIGN(const Replayed a, replay_all(first, run, policies, control));
    KVFOOT_ASSIGN(const Replayed b, replay_all(second, run, policies, control));
    KVFOOT_ASSIGN(const auto masses, masses_of(first, run, b, control));
    for (std::size_t i = 0; i < policies.size(); ++i) {
      comparisons.push_back({to_string(policies[i]), chunk,
                             compare_logs(a.logs[i].records(), b.logs[i].records(), run),
                             a.outcomes[i].metrics, b.outcomes[i].metrics, masses[i]});
    }
  }
  return comparisons;
}

}  // namespace kvfoot
