// From a scenario to what came out of it.
#include "gui/model/outcome.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "sim/core/check.hpp"
#include "sim/io/device_file.hpp"
#include "sim/io/shape_file.hpp"
#include "sim/report/metric_table.hpp"

namespace kvfoot::gui {
StreamLives::StreamLives(const RunLengths& run, std::int32_t layers, std::int32_t heads)
    : run_(run),
      layers_(layers),
      heads_(heads),
      evicted_at_(static_cast<std::size_t>(layers) * static_cast<std::size_t>(heads)) {
  for (auto& stream : evicted_at_) {
    stream.assign(static_cast<std::size_t>(run.rows()), static_cast<std::int32_t>(run.rows()));
  }
}

void StreamLives::on_decision(const DecisionRecord& record) {
  KVFOOT_CHECK(record.layer < layers_ && record.head < heads_, "a decision of another run");
  auto& stream = evicted_at_[static_cast<std::size_t>(record.layer * heads_ + record.head)];
  // Freed when the pass ends: its own rows still see the key.
  const auto freed = static_cast<std::int32_t>(pass_at(run_, record.pass, 0).end);
  for (const PosRange& range : record.evicted) {
    std::fill(stream.begin() + range.begin, stream.begin() + range.end, freed);
  }
}

const std::vector<std::int32_t>& StreamLives::evicted_at(std::int32_t layer,
                                                         std::int32_t head) const {
  KVFOOT_CHECK(layer >= 0 && layer < layers_ && head >= 0 && head < heads_, "no such stream");
  return evicted_at_[static_cast<std::size_t>(layer * heads_ + head)];
}

Result<SourceCache::Stamp> SourceCache::stamp(const std::string& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error) {
    return Error{path, "cannot be read: " + error.message(),
                 "it may have been moved or deleted; open it again from where it is"};
  }
  const auto changed = std::filesystem::last_write_time(path, error);
  return Stamp{bytes, error ? 0 : std::int64_t{changed.time_since_epoch().count()}};
}

Result<std::shared_ptr<const TraceReader>> SourceCache::trace(const std::string& path) {
  KVFOOT_ASSIGN(const Stamp now, stamp(path));
  if (trace_ == nullptr || path != trace_path_ || now != trace_stamp_) {
    trace_ = nullptr;
    KVFOOT_ASSIGN(trace_, TraceReader::open(path));
    trace_path_ = path;
    trace_stamp_ = now;
  }
  return trace_;
}

Result<ModelShape> SourceCache::shape(const std::string& name_or_file) {
  return resolve_shape(name_or_file, ".");
}

Result<DeviceModel> SourceCache::device(const std::string& name_or_file) {
  return resolve_device(name_or_file, ".");
}

Result<ReplayRequest> to_request(const WhatIf& what_if, SourceCache& sources) {
  ReplayRequest request;
  if (what_if.trace.empty()) {
    KVFOOT_ASSIGN(request.shape, sources.shape(what_if.shape));
    request.prompt = what_if.prompt;
  } else {
    KVFOOT_ASSIGN(request.trace, sources.trace(what_if.trace));
  }
  request.output = what_if.output;
  request.chunk = what_if.chunk;
  request.last_prompt_token = what_if.last_prompt_token;
  request.policy = what_if.policy;
  request.accounting = what_if.accounting;
  request.batch = what_if.batch;
  request.block = what_if.block;
  request.kv_dtype = what_if.kv_dtype;
  request.layout = what_if.layout;
  request.seed = what_if.seed;
  if (!what_if.device.empty()) {
    KVFOOT_ASSIGN(request.device, sources.device(what_if.device));
    request.device_name = what_if.device;
    request.weight_dtype = what_if.weight_dtype;
    request.logits = what_if.logits;
  }
  return request;
}

bool same_outcome(const Outcome& a, const Outcome& b) {
  return a.asked == b.asked && std::ranges::all_of(metric_table(), [&](const MetricInfo& metric) {
           return metric.get(a.result.metrics) == metric.get(b.result.metrics);
         });
}

Result<OutcomePtr> compute(const WhatIf& what_if, SourceCache& sources,
                           const ReplayControl& control, std::int64_t most_lives_bytes) {
  KVFOOT_ASSIGN(ReplayRequest request, to_request(what_if, sources));
  request.profile = request.accounting == Accounting::kExact;
  // Logged per key: which policy it is decides how many storage heads a layer has.
  std::optional<StreamLives> lives;
  if (request.trace != nullptr && request.profile) {
    const TraceHeader& header = request.trace->header();
    RunLengths run = header.run;
    run.output = request.output.value_or(run.output);
    run.chunk = request.chunk;
    run.last_prompt_token = request.last_prompt_token;
    KVFOOT_TRY(validate(run));
    KVFOOT_ASSIGN(const auto policy,
                  policy_for_run(request.policy, header.shape, run,
                                 request.kv_dtype.value_or(header.kv_dtype),
                                 request.seed.value_or(header.seed), request.read_file));
    const std::int32_t heads = storage_heads(*policy, header.shape);
    const std::int64_t bytes = 4 * run.rows() * header.shape.layers * heads;
    if (bytes <= most_lives_bytes) {
      lives.emplace(run, header.shape.layers, heads);
      request.sink = &*lives;
    }
  }
  auto outcome = std::make_shared<Outcome>();
  KVFOOT_ASSIGN(outcome->replay, replay(request, control));
  request.sink = nullptr;
  outcome->asked = what_if;
  outcome->result.inputs = outcome->replay.inputs;
  outcome->result.metrics = outcome->replay.metrics;
  outcome->result.warnings = outcome->replay.warnings;
  if (outcome->replay.profile) {
    outcome->timeline = outcome->replay.profile->timeline();
  }
  if (outcome->replay.clock && outcome->replay.profile) {
    outcome->memory = memory_timeline(clock_request(request, outcome->replay),
                                      outcome->replay.clock->peak.pass, 256, control.cancel);
  }
  outcome->capacity = request.device ? request.device->memory : 0;
  KVFOOT_TRY(control.check());  // the memory ends early
  outcome->trace = request.trace;
  if (lives) {
    outcome->lives = std::make_shared<const StreamLives>(std::move(*lives));
  }
  return OutcomePtr(std::move(outcome));
}

}  // namespace kvfoot::gui
