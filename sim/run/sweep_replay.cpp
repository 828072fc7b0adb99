// From scenario points to replay requests and back to results.
#include "sim/run/sweep_replay.hpp"

#include <map>
#include <memory>

#include "sim/io/content_hash.hpp"
#include "sim/io/device_file.hpp"
#include "sim/run/replay.hpp"

namespace kvfoot {
namespace {

struct OpenTrace {
  std::shared_ptr<const TraceReader> reader;
  std::string hash;
};
using OpenTraces = std::map<std::string, OpenTrace>;  // by the name in the scenario

using Devices = std::map<std::string, DeviceModel>;  // by the name in the scenario

ReplayRequest request_of(const ScenarioPoint& point, const OpenTraces& traces,
                         const Devices& devices, const std::filesystem::path& folder,
                         bool retained_mass) {
  ReplayRequest request;
  if (!point.trace.empty()) {
    request.trace = traces.at(point.trace).reader;
  }
  request.shape = point.shape;
  request.prompt = point.prompt;
  request.output = point.output;
  request.chunk = point.chunk;
  request.last_prompt_token = point.last_prompt_token;
  request.policy = point.policy;
  request.accounting = point.accounting;
  request.batch = point.batch;
  request.block = point.block_size;
  request.layout = point.layout;
  request.kv_dtype = point.kv_dtype;
  request.seed = point.seed;
  if (!point.device_model.empty()) {
    request.device = devices.at(point.device_model);
    request.device_name = point.device_model;
  }
  request.weight_dtype = point.weight_dtype;
  request.logits = point.logits;
  request.retained_mass = retained_mass;
  request.read_file = policy_files(folder);
  return request;
}

RunResult result_of(const ScenarioPoint& point, const OpenTraces& traces, ReplayOutcome outcome) {
  RunResult result;
  result.inputs = std::move(outcome.inputs);
  result.metrics = outcome.metrics;
  result.warnings = std::move(outcome.warnings);
  if (!point.trace.empty()) {
    // As the scenario says it: results do not depend on where the sweep was started.
    result.inputs.trace = point.trace;
    result.provenance.trace_hash = traces.at(point.trace).hash;
  }
  return result;
}

}  // namespace

Result<ReplaySweep> replay_sweep(const Scenario& scenario, const std::atomic<bool>* cancel) {
  const std::filesystem::path folder = scenario.file.parent_path();
  auto traces = std::make_shared<OpenTraces>();
  auto devices = std::make_shared<Devices>();
  std::string hashes;
  for (const ScenarioPoint& point : scenario.points) {
    if (!point.device_model.empty() && !devices->contains(point.device_model)) {
      KVFOOT_ASSIGN(DeviceModel device, resolve_device(point.device_model, folder));
      devices->emplace(point.device_model, std::move(device));
    }
    if (point.trace.empty() || traces->contains(point.trace)) {
      continue;
    }
    KVFOOT_ASSIGN(std::shared_ptr<const TraceReader> reader,
                  TraceReader::open((folder / point.trace).string()));
    const std::uint64_t hash = reader->content_hash();
    hashes += point.trace + " " + hash_digits(hash) + "\n";
    traces->emplace(point.trace, OpenTrace{std::move(reader), hash_digits(hash)});
  }

  ReplaySweep sweep;
  sweep.inputs_hash = hashes.empty() ? "" : content_hash(hashes);
  sweep.runner = [traces, devices, folder, cancel, retained_mass = scenario.retained_mass](
                     std::span<const ScenarioPoint* const> points) {
    std::vector<ReplayRequest> requests;
    for (const ScenarioPoint* point : points) {
      requests.push_back(request_of(*point, *traces, *devices, folder, retained_mass));
    }
    ReplayControl control;
    control.cancel = cancel;
    auto outcomes = replay_many(requests, control);
    std::vector<Result<RunResult>> results;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (!outcomes) {
        results.emplace_back(outcomes.error());
      } else if (!(*outcomes)[i]) {
        results.emplace_back((*outcomes)[i].error());
      } else {
        results.emplace_back(result_of(*points[i], *traces, *std::move((*outcomes)[i])));
      }
    }
    return results;
  };
  return sweep;
}

}  // namespace kvfoot
