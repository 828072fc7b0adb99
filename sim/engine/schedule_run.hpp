// One schedule on its way through the passes of a run: driver, page ledger and account together.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/cache/driver.hpp"
#include "sim/cache/pages.hpp"
#include "sim/core/metrics.hpp"
#include "sim/core/records.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/engine/pass_account.hpp"
#include "sim/engine/profile.hpp"
#include "sim/policy/policy.hpp"

namespace kvfoot {

struct ScheduleOptions {
  PageSize page;
  bool profile = false;          // keep change points for timelines
  bool memory = false;           // keep a PassMemory per pass
  DecisionSink* sink = nullptr;  // not owned
};

struct ScheduleOutcome {
  Metrics metrics;
  std::optional<ResidenceProfile> profile;
  std::vector<PassMemory> memory;
  std::int64_t evicted = 0;  // entries, all streams
};

// Order of calls: while !done(): begin_pass; for each layer, ascending: append, decide; end_pass.
// Then finish().
class ScheduleRun {
 public:
  // `policy` and `source` outlive the run; `source` may be null for a policy that asks nothing.
  // Whoever owns the source tells it between append and decide what resident() is.
  ScheduleRun(const Policy& policy, const ModelShape& shape, const RunLengths& run,
              const ScheduleOptions& options, AttentionSource* source);
  // The account points at the profile.
  ScheduleRun(const ScheduleRun&) = delete;
  ScheduleRun& operator=(const ScheduleRun&) = delete;

  [[nodiscard]] bool done() const { return next_ >= run_.passes(); }
  [[nodiscard]] Pass next_pass() const { return pass_at(run_, next_, patch_window_); }

  void begin_pass();
  void append(std::int32_t layer);
  // Errors are those of the attention source.
  [[nodiscard]] Status decide(std::int32_t layer);
  void end_pass();

  // After append, until decide: what each storage head of the layer holds (past survivors, the
  // pass's rows, its patch rows).
  [[nodiscard]] std::span<const std::span<const TokenPos>> resident() const { return resident_; }
  [[nodiscard]] const Pass& pass() const { return pass_; }
  [[nodiscard]] ScheduleOutcome finish();

 private:
  RunLengths run_;
  std::int64_t patch_window_;
  ScheduleOptions options_;
  AttentionSource* source_;
  PolicyDriver driver_;
  PageLedger ledger_;
  std::optional<ResidenceProfile> profile_;
  PassAccount account_;
  Pass pass_;
  std::int64_t next_ = 0;
  std::vector<std::int64_t> after_;                  // (layers * heads) entries kept
  std::vector<std::span<const TokenPos>> resident_;  // (heads) of the layer at hand
  std::vector<PassMemory> memory_;
};

}  // namespace kvfoot
