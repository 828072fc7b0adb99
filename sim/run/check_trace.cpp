// Replays a recording and compares.
#include "sim/run/check_trace.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/cache/decision_list.hpp"
#include "sim/engine/replay.hpp"
#include "sim/io/file.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kMaxPolicyFile = 1 << 20;

Result<std::unique_ptr<const Policy>> policy_of(const std::string& text, const ModelShape& shape,
                                                const RunLengths& run, DType kv_dtype,
                                                std::uint64_t seed) {
  KVFOOT_ASSIGN(const PolicySpec spec, parse_policy(text));
  return make_policy(spec, PolicyContext{.shape = shape,
                                         .run = run,
                                         .kv_dtype = kv_dtype,
                                         .seed = seed,
                                         .read_file = [](const std::string& path) {
                                           return read_file(path, kMaxPolicyFile);
                                         }});
}

Result<TraceOutcome> replay_one(const std::shared_ptr<const TraceReader>& trace,
                                const TraceSchedule& schedule) {
  KVFOOT_ASSIGN(std::vector<Result<TraceOutcome>> outcomes, replay_trace(trace, {&schedule, 1}));
  return std::move(outcomes.front());
}

}  // namespace

Result<TraceCheck> check_trace(std::shared_ptr<const TraceReader> trace) {
  const TraceHeader& header = trace->header();
  KVFOOT_ASSIGN(const auto policy,
                policy_of(header.policy, header.shape, header.run, header.kv_dtype, header.seed));
  TraceCheck check;
  KVFOOT_ASSIGN(const RecordedReplay recorded, replay_recorded_answers(trace, *policy));
  check.recorded_decisions = recorded.recorded_decisions;
  check.decisions = recorded.decision_difference;
  check.memory = recorded.memory_difference;
  if (header.fidelity == TraceFidelity::kRows) {
    DecisionList list;
    KVFOOT_TRY(replay_one(trace, TraceSchedule{.policy = policy.get(),
                                               .spec = header.policy,
                                               .run = header.run,
                                               .block = header.block,
                                               .kv_dtype = header.kv_dtype,
                                               .retained_mass = false,
                                               .sink = &list}));
    KVFOOT_ASSIGN(const std::vector<DecisionRecord> real, trace->decisions());
    check.scores = compare_logs(real, list.records(), header.run);
  }
  return check;
}

Result<OpenLoopCheck> check_open_loop(std::shared_ptr<const TraceReader> full_trace,
                                      const std::string& policy,
                                      std::span<const DecisionRecord> real_log,
                                      std::span<const PassMemory> real_memory,
                                      const RunLengths& run, DType kv_dtype, std::int64_t block,
                                      std::uint64_t seed) {
  KVFOOT_ASSIGN(const auto made,
                policy_of(policy, full_trace->header().shape, run, kv_dtype, seed));
  DecisionList list;
  KVFOOT_ASSIGN(const TraceOutcome outcome,
                replay_one(full_trace, TraceSchedule{.policy = made.get(),
                                                     .spec = policy,
                                                     .run = run,
                                                     .block = block,
                                                     .kv_dtype = kv_dtype,
                                                     .memory = true,
                                                     .sink = &list}));
  OpenLoopCheck check;
  check.logs = compare_logs(real_log, list.records(), run);
  check.memory_equal = std::ranges::equal(real_memory, outcome.schedule.memory);
  check.retained_mass = outcome.schedule.metrics.retained_mass.value_or(0);
  check.warnings = outcome.warnings;
  return check;
}

}  // namespace kvfoot
