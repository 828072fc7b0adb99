// Replays a recording and compares.
#include "sim/run/check_trace.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/cache/decision_list.hpp"
#include "sim/engine/replay.hpp"
#include "sim/run/policy_for_run.hpp"

namespace kvfoot {
namespace {

// Decides on recomputed answers, but goes on with what was recorded: every decision is compared on
// the entries that were really there, so that one near tie is counted once and not again in every
// later pass.
class FollowRecording final : public Policy {
 public:
  FollowRecording(const Policy& policy, const TraceReader& trace,
                  std::span<const DecisionRecord> recorded, TraceCheck& check)
      : policy_(policy),
        trace_(trace),
        recorded_(recorded),
        check_(check),
        comparison_(*check.scores) {}

  Result<LayerKeep> decide(const LayerView& view) const override {
    KVFOOT_ASSIGN(const LayerKeep recomputed, policy_.decide(view));
    KVFOOT_ASSIGN(const bool within, answers_agree(view));
    LayerKeep keep(view.heads.size());
    for (std::size_t head = 0; head < view.heads.size(); ++head) {
      const HeadView& entries = view.heads[head];
      const std::int64_t own = static_cast<std::int64_t>(entries.resident.size()) -
                               view.pass.pass.patch_rows;  // patch entries leave in any case
      keep[head] = recorded_keep(view, static_cast<std::int32_t>(head), own);
      KVFOOT_TRY(as_promised(view, static_cast<std::int32_t>(head), own, keep[head]));
      compare(view, static_cast<std::int32_t>(head), own, keep[head], recomputed[head], within);
    }
    return keep;
  }

  bool decides(const PassView& pass) const override { return policy_.decides(pass); }
  std::optional<std::int64_t> kept_count(const PassView& pass, std::int32_t layer,
                                         std::int32_t head, std::int64_t past) const override {
    return policy_.kept_count(pass, layer, head, past);
  }
  std::optional<std::int64_t> decode_cap(std::int32_t layer, std::int32_t head) const override {
    return policy_.decode_cap(layer, head);
  }
  AttentionNeeds needs() const override { return policy_.needs(); }
  Storage storage() const override { return policy_.storage(); }
  std::int64_t patch_window() const override { return policy_.patch_window(); }
  bool reindexes() const override { return policy_.reindexes(); }

 private:
  [[nodiscard]] Error unlike(const char* object, std::int32_t pass, std::int32_t layer,
                             std::int32_t head, const std::string& what) const {
    return Error{trace_.path() + ": " + object,
                 what + " (pass " + std::to_string(pass) + ", layer " + std::to_string(layer) +
                     ", head " + std::to_string(head) + ")",
                 "it is not what '" + trace_.header().policy + "' does: record it again"};
  }

  [[nodiscard]] bool announced(const AttentionQuery& query) const {
    const AttentionNeeds needs = policy_.needs();
    switch (query.kind) {
      case AttentionQuery::Kind::kWindowMass:
        return needs.window > 0;
      case AttentionQuery::Kind::kAccumulatedMass:
        return needs.accumulated;
      case AttentionQuery::Kind::kLastRowMass:
        return needs.last_row;
      case AttentionQuery::Kind::kKeyNorm:
        return needs.key_norms;
      case AttentionQuery::Kind::kFutureMass:
        break;  // no recorder can answer that
    }
    return false;
  }

  // A recorded decision leaves as many entries as the policy says, or it is not that policy's.
  [[nodiscard]] Status as_promised(const LayerView& view, std::int32_t head, std::int64_t own,
                                   const HeadKeep& keep) const {
    const std::int64_t kept = keep.all ? own : static_cast<std::int64_t>(keep.index.size());
    const auto promised =
        policy_.kept_count(view.pass, view.layer, head, own - view.pass.pass.rows());
    if (promised && *promised != kept) {
      return unlike(
          "/log/decisions", view.pass.pass.index, view.layer, head,
          "keeps " + std::to_string(kept) + " entries instead of " + std::to_string(*promised));
    }
    return {};
  }

  HeadKeep recorded_keep(const LayerView& view, std::int32_t head, std::int64_t own) const {
    const auto key = std::tuple(view.pass.pass.index, view.layer, head);
    const auto at = std::ranges::lower_bound(recorded_, key, {}, [](const DecisionRecord& record) {
      return std::tuple(record.pass, record.layer, record.head);
    });
    HeadKeep keep;
    if (at == recorded_.end() || std::tuple(at->pass, at->layer, at->head) != key) {
      return keep;  // nothing was evicted
    }
    keep.all = false;
    auto range = at->evicted.begin();
    for (std::int64_t i = 0; i < own; ++i) {
      const TokenPos position =
          view.heads[static_cast<std::size_t>(head)].resident[static_cast<std::size_t>(i)];
      while (range != at->evicted.end() && range->end <= position) {
        ++range;
      }
      if (range == at->evicted.end() || position < range->begin) {
        keep.index.push_back(static_cast<std::int32_t>(i));
      }
    }
    return keep;
  }

  void compare(const LayerView& view, std::int32_t head, std::int64_t own, const HeadKeep& recorded,
               const HeadKeep& recomputed, bool within) const {
    std::vector<bool> kept(static_cast<std::size_t>(own), recomputed.all);
    for (const std::int32_t i : recomputed.index) {
      if (i < own) {
        kept[static_cast<std::size_t>(i)] = true;
      }
    }
    const std::int64_t second = std::ranges::count(kept, true);
    const std::int64_t first =
        recorded.all ? own : static_cast<std::int64_t>(recorded.index.size());
    if (first == own && second == own) {
      return;
    }
    std::int64_t shared = recorded.all ? second : 0;
    for (const std::int32_t i : recorded.index) {
      shared += kept[static_cast<std::size_t>(i)] ? 1 : 0;
    }
    const std::int64_t larger = std::max(first, second);
    if (shared != larger && within && first == second) {
      ++check_.near_ties;
      shared = larger;
    }
    ++comparison_.decisions;
    comparison_.kept += larger;
    comparison_.shared += shared;
    comparison_.counts_equal = comparison_.counts_equal && first == second;
    if (shared != larger) {
      ++comparison_.different;
      comparison_.worst =
          std::min(comparison_.worst, static_cast<double>(shared) / static_cast<double>(larger));
      if (!comparison_.first) {
        comparison_.first = LogDifference{view.pass.pass.index, view.layer, head, first, second};
      }
    }
  }

  // Every answer that the policy received in this pass and layer, against the recomputed one:
  // whether all are equal but for the quantisation. The log is in the order (pass, layer, head), so
  // one cursor suffices.
  Result<bool> answers_agree(const LayerView& view) const {
    bool agree = true;
    const double rounded_to_zero =
        static_cast<double>(view.pass.pass.end + view.pass.pass.patch_rows) * kSmallestCode;
    for (; next_answer_ < trace_.answer_count(); ++next_answer_) {
      KVFOOT_ASSIGN(const TraceReader::Answer real, trace_.answer(next_answer_));
      const auto asked = std::pair(real.pass, real.layer);
      const auto here = std::pair(view.pass.pass.index, view.layer);
      if (asked > here) {
        break;
      }
      if (asked < here || !announced(real.query)) {
        return unlike("/log/answers", real.pass, real.layer, real.head,
                      "holds an answer that the policy does not ask for");
      }
      KVFOOT_ASSIGN(const std::span<const float> ours,
                    view.attention->answer(real.query, real.head));
      if (ours.size() != real.values.size()) {
        return unlike("/log/answers", real.pass, real.layer, real.head,
                      "holds " + std::to_string(real.values.size()) + " values instead of " +
                          std::to_string(ours.size()));
      }
      double largest = 0;
      double difference = 0;
      for (std::size_t i = 0; i < ours.size(); ++i) {
        largest = std::max(largest, std::abs(double{real.values[i]}));
        const double error = std::abs(double{ours[i]} - double{real.values[i]});
        difference = std::max(difference, error);
        agree = agree && error <= kCodeError * std::abs(double{real.values[i]}) + rounded_to_zero;
      }
      if (largest > 0) {
        check_.answer_error = std::max(check_.answer_error, difference / largest);
      }
    }
    return agree;
  }

  const Policy& policy_;
  const TraceReader& trace_;
  std::span<const DecisionRecord> recorded_;
  TraceCheck& check_;
  LogComparison& comparison_;
  mutable std::int64_t next_answer_ = 0;
};

Result<TraceOutcome> replay_one(const std::shared_ptr<const TraceReader>& trace,
                                const TraceSchedule& schedule) {
  KVFOOT_ASSIGN(std::vector<Result<TraceOutcome>> outcomes, replay_trace(trace, {&schedule, 1}));
  return std::move(outcomes.front());
}

}  // namespace

Result<TraceCheck> check_trace(std::shared_ptr<const TraceReader> trace) {
  const TraceHeader& header = trace->header();
  KVFOOT_ASSIGN(const auto policy, policy_for_run(header.policy, header.shape, header.run,
                                                  header.kv_dtype, header.seed));
  TraceCheck check;
  KVFOOT_ASSIGN(const RecordedReplay recorded, replay_recorded_answers(trace, *policy));
  check.recorded_decisions = recorded.recorded_decisions;
  check.decisions = recorded.decision_difference;
  check.memory = recorded.memory_difference;
  if (header.fidelity == TraceFidelity::kRows) {
    KVFOOT_ASSIGN(const std::vector<DecisionRecord> real, trace->decisions());
    check.scores.emplace();
    const FollowRecording follow(*policy, *trace, real, check);
    KVFOOT_TRY(replay_one(trace, TraceSchedule{.policy = &follow,
                                               .spec = header.policy,
                                               .run = header.run,
                                               .block = header.block,
                                               .kv_dtype = header.kv_dtype,
                                               .retained_mass = false}));
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
                policy_for_run(policy, full_trace->header().shape, run, kv_dtype, seed));
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
