// Runs to be timed: a policy's counts, a device, a model.
#pragma once

#include <memory>
#include <string>

#include "sim/core/check.hpp"
#include "sim/engine/clock.hpp"
#include "sim/engine/counts.hpp"
#include "sim/policy/descriptor.hpp"
#include "tests/engine/toy_policies.hpp"

namespace kvfoot::toy {

// Round numbers: 1 FLOP per ns and 1 byte per ns, nothing lost.
inline DeviceModel plain_device() {
  DeviceModel device;
  device.name = "plain";
  device.memory = 1 << 30;
  device.memory_bandwidth = 1e9;
  device.matmul_f32 = 1e9;
  device.matmul_f16 = 1e9;
  device.matmul_bf16 = 1e9;
  device.copy_bandwidth = 1e9;
  return device;
}

// An H100 in round numbers.
inline DeviceModel fast_device() {
  DeviceModel device = plain_device();
  device.name = "fast";
  device.memory = std::int64_t{80} << 30;
  device.memory_bandwidth = 3e12;
  device.matmul_f32 = 60e12;
  device.matmul_f16 = 800e12;
  device.matmul_bf16 = 800e12;
  device.launch_ns = 1000;
  device.copy_bandwidth = 50e9;
  device.copy_latency_ns = 8000;
  return device;
}

// What run_clock() and simulate() want, with everything that it points at.
struct TimedRun {
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<ResidenceProfile> profile;
  Metrics metrics;
  ClockRequest request;
};

inline TimedRun timed_run(std::shared_ptr<const Policy> policy, const ModelShape& shape,
                          const RunLengths& run, const DeviceModel& device, std::int64_t block = 16,
                          LogitsRows logits = LogitsRows::kLast, std::int64_t batch = 1,
                          const KvLayout& layout = {}) {
  TimedRun timed;
  timed.policy = std::move(policy);
  CountOptions options;
  options.block = block;
  options.batch = batch;
  options.layout = layout;
  options.profile = true;
  auto counted = replay_counts(*timed.policy, shape, run, options);
  KVFOOT_CHECK(counted.ok(), counted.error().message());
  timed.metrics = counted->metrics;
  timed.profile = std::make_shared<ResidenceProfile>(std::move(*counted->profile));
  timed.request.profile = timed.profile.get();
  timed.request.policy = timed.policy.get();
  timed.request.model = pass_model(shape, *timed.policy, run, DType::kBF16, options.kv_dtype, block,
                                   logits, batch, layout);
  timed.request.device = device;
  const Status sound = check_clock(timed.request.model, device, run);
  KVFOOT_CHECK(sound.ok(), sound.error().message());
  return timed;
}

inline std::shared_ptr<const Policy> policy_of(const std::string& spec, const ModelShape& shape,
                                               const RunLengths& run) {
  PolicyContext context;
  context.shape = shape;
  context.run = run;
  auto parsed = parse_policy(spec);
  KVFOOT_CHECK(parsed.ok(), parsed.error().message());
  auto made = make_policy(*parsed, context);
  KVFOOT_CHECK(made.ok(), made.error().message());
  return std::shared_ptr<const Policy>(std::move(*made));
}

}  // namespace kvfoot::toy
