// Replays the shape on a CPU and compares peaks.
#include "sim/run/check_memory.hpp"

#include <algorithm>
#include <cmath>

#include "sim/io/device_file.hpp"

namespace kvfoot {
namespace {

double relative_error(std::int64_t predicted, std::int64_t measured) {
  if (predicted == measured) {
    return 0;
  }
  return std::abs(static_cast<double>(predicted - measured)) /
         std::max(1.0, static_cast<double>(measured));
}

}  // namespace

double MemoryCheck::error() const {
  double worst = whole_pass ? relative_error(predicted.total, measured.total) : 0;
  for (const MemoryClass memory : kAllMemoryClasses) {
    if (compares(memory)) {
      worst =
          std::max(worst, relative_error(predicted.by_class[memory], measured.by_class[memory]));
    }
  }
  return worst;
}

bool MemoryCheck::compares(MemoryClass memory) const {
  return whole_pass || memory == MemoryClass::kWeights || memory == MemoryClass::kKv;
}

bool MemoryCheck::passes() const { return difference().empty(); }

std::string MemoryCheck::difference() const {
  std::string text;
  const auto compare = [&](std::string_view name, std::int64_t said, std::int64_t was,
                           double tolerance) {
    if (relative_error(said, was) > tolerance) {
      text += (text.empty() ? "" : "; ") + std::string(name) + ": predicted " +
              std::to_string(said) + " bytes, counted " + std::to_string(was);
    }
  };
  for (const MemoryClass memory : kAllMemoryClasses) {
    if (compares(memory)) {
      compare(to_string(memory), predicted.by_class[memory], measured.by_class[memory],
              memory == MemoryClass::kKv ? 0 : kMemoryTolerance);
    }
  }
  if (whole_pass) {
    compare("sum", predicted.total, measured.total, kMemoryTolerance);
  }
  return text;
}

Result<ReplayRequest> replay_of(const ExecutedRun& executed) {
  ReplayRequest request;
  request.shape = executed.shape;
  request.prompt = executed.run.prompt;
  request.output = executed.run.output;
  request.chunk = executed.run.chunk;
  request.last_prompt_token = executed.run.last_prompt_token;
  KVFOOT_ASSIGN(request.policy, parse_policy(executed.policy));
  request.block = executed.block;
  request.kv_dtype = executed.kv_dtype;
  request.seed = executed.seed;
  request.weight_dtype = executed.weight_dtype;
  // Any device: operators run in issue order however long they take.
  KVFOOT_ASSIGN(DeviceModel device, resolve_device("laptop-cpu", "."));
  device.cpu = executed.cpu;
  request.device = std::move(device);
  request.profile = true;
  return request;
}

Result<MemoryPeaks> predict_memory(const ExecutedRun& executed) {
  KVFOOT_ASSIGN(const ReplayRequest request, replay_of(executed));
  KVFOOT_ASSIGN(const ReplayOutcome outcome, replay(request));
  return MemoryPeaks{outcome.clock->class_peak, outcome.clock->peak.bytes.total()};
}

}  // namespace kvfoot
