// From the residency of a replay to its times and its whole memory.
#include "sim/run/replay_clock.hpp"

#include "sim/core/check.hpp"

namespace kvfoot {

ClockRequest clock_request(const ReplayRequest& request, const ReplayOutcome& outcome) {
  KVFOOT_CHECK(request.device && outcome.profile && outcome.policy, "a run that can be timed");
  const RunInputs& inputs = outcome.inputs;
  ClockRequest timed;
  timed.profile = &*outcome.profile;
  timed.policy = outcome.policy.get();
  timed.model =
      pass_model(inputs.shape, *outcome.policy, inputs.run, inputs.weight_dtype, inputs.kv_dtype,
                 inputs.block_size, inputs.logits, inputs.batch, inputs.layout);
  timed.model.cpu = request.device->cpu;
  timed.device = *request.device;
  timed.pass_ends = request.profile;
  return timed;
}

Status add_clock(const ReplayRequest& request, const ReplayControl& control,
                 ReplayOutcome& outcome) {
  const ClockRequest timed = clock_request(request, outcome);
  KVFOOT_TRY(check_clock(timed.model, timed.device, outcome.inputs.run));
  KVFOOT_ASSIGN(outcome.clock, run_clock(timed, control));
  const ClockOutcome& clock = *outcome.clock;
  const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e9; };
  Metrics& metrics = outcome.metrics;
  const MemoryBytes& peak = clock.peak.bytes;
  metrics.peak_total_bytes = peak.total();
  metrics.peak_total_weight_bytes = peak[MemoryClass::kWeights];
  metrics.peak_total_kv_bytes = peak[MemoryClass::kKv];
  metrics.peak_total_activation_bytes = peak[MemoryClass::kActivation];
  metrics.peak_total_workspace_bytes = peak[MemoryClass::kWorkspace];
  metrics.peak_total_logits_bytes = peak[MemoryClass::kLogits];
  metrics.kv_byte_seconds = static_cast<double>(clock.kv_byte_ns) / 1e9;
  metrics.ttft_s = seconds(clock.ttft_ns);
  metrics.total_s = seconds(clock.total_ns);
  if (outcome.inputs.run.output > 0) {
    metrics.tpot_s =
        seconds(clock.total_ns - clock.ttft_ns) / static_cast<double>(outcome.inputs.run.output);
  }
  return {};
}

}  // namespace kvfoot
