// One schedule on its way through the passes of a run: driver, page ledger and account together.
#pragma once

#include <cstdint>
#include <functional>
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

// Tells an attention source which layer of which pass comes next, and what each storage head of it
// holds (past survivors, the pass's rows, its patch rows).
using BeginLayer = std::function<Status(const Pass& pass, std::int32_t layer,
                                        std::span<const std::span<const TokenPos>> resident)>;

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

// Order of calls: while !done(): begin_pass; layer(0), layer(1), ...; end_pass. Then finish().
class ScheduleRun {
 public:
  // `policy` and `source` outlive the run; `source` may be null for a policy that asks nothing,
  // `begin_layer` is called before each decision if it is set.
  ScheduleRun(const Policy& policy, const ModelShape& shape, const RunLengths& run,
              const ScheduleOptions& options, AttentionSource* source, BeginLayer begin_layer);
  // The account points at the profile.
  ScheduleRun(const ScheduleRun&) = delete;
  ScheduleRun& operator=(const ScheduleRun&) = delete;

  [[nodiscard]] bool done() const { return next_ >= run_.passes(); }
  [[nodiscard]] Pass next_pass() const { return pass_at(run_, next_, patch_window_); }

  void begin_pass();
  // Errors are those of the attention source.
  [[nodiscard]] Status layer(std::int32_t layer);
  void end_pass();

  [[nodiscard]] const Residency& residency() const { return driver_.residency(); }
  [[nodiscard]] ScheduleOutcome finish();

 private:
  RunLengths run_;
  std::int64_t patch_window_;
  ScheduleOptions options_;
  AttentionSource* source_;
  BeginLayer begin_layer_;
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
