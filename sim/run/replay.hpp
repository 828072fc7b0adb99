// What `kvfoot replay` does, for the command line, sweeps and the GUI: one schedule on a trace, or
// on nothing but a shape.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/metrics.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/engine/clock.hpp"
#include "sim/engine/profile.hpp"
#include "sim/engine/replay.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/report/run_result.hpp"
#include "sim/run/policy_for_run.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot {

constexpr std::int64_t kDefaultChunk = 32768;  // of the paper
constexpr std::int64_t kDefaultOutput = 128;   // without a trace

// What is absent takes its default: from the trace where there is one.
struct ReplayRequest {
  std::shared_ptr<const TraceReader> trace;  // null: `shape` and `prompt` say what runs
  std::optional<ModelShape> shape;           // not with a trace
  std::optional<std::int64_t> prompt;        // with a trace: its own length or nothing
  std::optional<std::int64_t> output;        // default: the recorded length, else kDefaultOutput
  std::int64_t chunk = kDefaultChunk;
  LastPromptToken last_prompt_token = LastPromptToken::kPrefill;
  PolicySpec policy;
  Accounting accounting = Accounting::kExact;
  std::int64_t batch = 1;             // equal requests that run together
  std::int64_t block = 16;            // entries per page
  std::optional<DType> kv_dtype;      // default: as recorded, else bf16
  KvLayout layout;                    // how streams are stored; default: plain pages
  std::optional<std::uint64_t> seed;  // default: as recorded, else 0
  // Times and whole memory, under exact accounting; `device_name` is how it was asked for.
  std::optional<DeviceModel> device;
  std::string device_name;
  DType weight_dtype = DType::kBF16;      // of weights and activations
  LogitsRows logits = LogitsRows::kLast;  // which rows of a pass get logits
  bool profile = false;                   // keep what timelines and heat maps are made from
  bool retained_mass = true;              // with a trace; false can be far quicker
  DecisionSink* sink = nullptr;           // decision log, with a trace; not owned
  PolicyFiles read_file;                  // default: policy_files()
};

struct ReplayOutcome {
  RunInputs inputs;  // after defaults
  Metrics metrics;   // what the run cannot know is absent
  std::vector<Warning> warnings;
  std::optional<ResidenceProfile> profile;  // only if asked for, and under exact accounting
  // Mean retained mass per stream, (layers, storage heads); empty without a trace that knows it.
  std::vector<double> stream_mass;
  std::int64_t bytes_touched = 0;  // of encoded attention
  std::shared_ptr<const Policy> policy;
  std::optional<ClockOutcome> clock;  // with a device, under exact accounting
};

// What the clock of an outcome was made from, to simulate it again with an observer. `outcome` must
// outlive it and have a clock and a profile.
[[nodiscard]] ClockRequest clock_request(const ReplayRequest& request,
                                         const ReplayOutcome& outcome);

// Exact accounting without a trace counts (sim/engine/counts.hpp), with a trace it decides on the
// recorded attention; paper accounting evaluates the published closed forms.
[[nodiscard]] Result<ReplayOutcome> replay(const ReplayRequest& request,
                                           const ReplayControl& control = {});

// How many of the schedules in front run side by side, given the bytes that each may keep: what a
// schedule keeps grows with its trace, and sixteen on a long one would take many gigabytes.
[[nodiscard]] std::size_t side_by_side(std::span<const std::int64_t> bytes);

// Many schedules, outcomes in their order; those that share a trace share one read of it, as far as
// memory allows. A request that fails leaves its error in its place. The error of the whole is
// kInterrupted.
[[nodiscard]] Result<std::vector<Result<ReplayOutcome>>> replay_many(
    std::span<const ReplayRequest> requests, const ReplayControl& control = {});

}  // namespace kvfoot
