// One pass at a time, one layer at a time: the order of the executor.
#include "sim/engine/schedule_run.hpp"

#include <utility>

namespace kvfoot {
namespace {

std::optional<ResidenceProfile> make_profile(const ScheduleOptions& options, const RunLengths& run,
                                             std::int32_t layers, std::int32_t heads) {
  if (!options.profile) {
    return std::nullopt;
  }
  return ResidenceProfile(run, layers, heads, options.page);
}

}  // namespace

ScheduleRun::ScheduleRun(const Policy& policy, const ModelShape& shape, const RunLengths& run,
                         const ScheduleOptions& options, AttentionSource* source)
    : run_(run),
      patch_window_(policy.patch_window()),
      options_(options),
      source_(source),
      driver_(policy, shape, run, options.sink),
      ledger_(shape.layers, driver_.heads(), options.page.block, options.page.bytes),
      profile_(make_profile(options, run, shape.layers, driver_.heads())),
      account_(run, shape.layers, driver_.heads(), options.page, profile_ ? &*profile_ : nullptr),
      after_(static_cast<std::size_t>(shape.layers) * static_cast<std::size_t>(driver_.heads())),
      resident_(static_cast<std::size_t>(driver_.heads())) {}

void ScheduleRun::begin_pass() {
  pass_ = next_pass();
  driver_.begin_pass(pass_);
  ledger_.begin_pass(pass_.index);
}

void ScheduleRun::append(std::int32_t layer) {
  driver_.append(layer);
  for (std::int32_t head = 0; head < driver_.heads(); ++head) {
    ledger_.append(layer, head, pass_.forward_rows());
    resident_[static_cast<std::size_t>(head)] = driver_.residency().resident(layer, head);
  }
}

Status ScheduleRun::decide(std::int32_t layer) {
  KVFOOT_TRY(driver_.decide(layer, source_));
  const std::int32_t heads = driver_.heads();
  for (std::int32_t head = 0; head < heads; ++head) {
    const std::int64_t kept = driver_.residency().size(layer, head);
    ledger_.retain(layer, head, kept);
    after_[static_cast<std::size_t>(layer * heads + head)] = kept;
  }
  return {};
}

void ScheduleRun::end_pass() {
  driver_.end_pass();
  account_.pass(pass_, after_);
  const PassMemory memory = ledger_.end_pass();
  if (options_.memory) {
    memory_.push_back(memory);
  }
  ++next_;
}

ScheduleOutcome ScheduleRun::finish() {
  KVFOOT_CHECK(done(), "passes are left");
  ScheduleOutcome outcome;
  outcome.metrics = account_.metrics();
  // Two counters of the same pages: one that is told every page, one that adds up passes.
  KVFOOT_CHECK(
      !options_.page.plain() || (outcome.metrics.peak_kv_bytes == ledger_.peak_bytes() &&
                                 outcome.metrics.peak_kv_bytes_pass == ledger_.peak_bytes_pass()),
      "page ledger and account disagree");
  outcome.profile = std::move(profile_);
  outcome.memory = std::move(memory_);
  outcome.evicted = driver_.evicted();
  return outcome;
}

}  // namespace kvfoot
