// Sums over the streams of a layer, and what a run needs to be timed.
#include "sim/engine/pass_loads.hpp"

#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/engine/cost_model.hpp"

namespace kvfoot {
namespace {

// Positive numbers.
std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

PassLoad PassLoads::frame(std::int64_t pass) const {
  PassLoad load;
  load.pass = pass_at(run(), pass, request_.policy->patch_window());
  PassView view;
  view.pass = load.pass;
  view.run = run();
  view.layers = policy_shape(request_.model.shape).layers;
  load.decides = request_.policy->decides(view);
  load.samples = load.pass.phase == Phase::kDecode ||
                 (load.pass.last_prefill && run().last_prompt_token == LastPromptToken::kPrefill);
  return load;
}

std::int64_t PassLoads::after(std::int64_t stream, std::int64_t pass) const {
  return pass + 1 < run().passes() ? request_.profile->past(stream, pass + 1)
                                   : request_.profile->end(stream);
}

PassLoad PassLoads::at(std::int64_t pass) {
  PassLoad load = frame(pass);
  const std::int64_t rows = load.pass.rows();
  const std::int64_t full = load.rows();
  const std::int64_t block = request_.model.block;
  std::int64_t stream = 0;
  for (std::size_t index = 0; index < layers_.size(); ++index) {
    LayerLoad& layer = layers_[index];
    layer = {};
    // A window slides over a ring of pages: nothing is moved.
    const bool slides = request_.model.shape.window(static_cast<std::int32_t>(index)) > 0;
    for (std::int32_t head = 0; head < request_.model.storage_heads; ++head, ++stream) {
      const std::int64_t past = request_.profile->past(stream, pass);
      const std::int64_t kept = after(stream, pass);
      layer.before += past;
      layer.after += kept;
      layer.moved += !slides && kept < past + rows ? kept : 0;
      layer.longest = std::max(layer.longest, past + full);
      layer.pages_before += ceil_div(past, block);
      layer.pages_full += ceil_div(past + full, block);
      layer.pages_after += ceil_div(kept, block);
    }
  }
  load.layers = layers_;
  return load;
}

PassModel pass_model(const ModelShape& shape, const Policy& policy, const RunLengths& run,
                     DType dtype, DType kv_dtype, std::int64_t block, LogitsRows logits,
                     std::int64_t batch) {
  PassModel model;
  model.shape = shape;
  model.storage_heads = storage_heads(policy, shape);
  model.dtype = dtype;
  model.kv_dtype = kv_dtype;
  model.block = block;
  model.logits = logits;
  model.batch = batch;
  model.needs = policy.needs();
  // A policy that decides after the first of several chunks votes chunk by chunk.
  PassView first;
  first.run = run;
  first.layers = policy_shape(shape).layers;
  first.pass = pass_at(run, 0, policy.patch_window());
  model.votes_over_pass = run.prefill_passes() > 1 && policy.decides(first);
  model.reindexes = policy.reindexes();
  return model;
}

Status check_clock(const PassModel& model, const DeviceModel& device, const RunLengths& run) {
  KVFOOT_TRY(check_model(model, run));
  // Bounds in floating point, far from both ends: full attention, scored a second time.
  const CostModel cost(device, model.dtype);
  const ModelShape& shape = model.shape;
  const auto real = [](std::int64_t value) { return static_cast<double>(value); };
  const double request_rows = 2 * real(run.rows());  // patch rows are at most as many
  const double rows = real(model.batch) * request_rows;
  const double passes = real(run.passes());
  const double pairs = rows * request_rows * real(shape.q_heads) * real(shape.layers);
  const double weights = real(all_weights(shape));
  const LayerShape layer = layer_shape(shape, shape.layers - 1);
  const double width = real(shape.hidden) * 8 +
                       real(std::max<std::int64_t>(layer.ffn, shape.ffn)) * 5 +
                       real(layer.query) * 12;
  const double bytes = 4 * passes *
                           (weights + rows * real(shape.layers) * real(model.storage_heads) *
                                          (real(layer.key_dim) * 8 + real(model.state_bytes()))) +
                       4 * rows * (real(shape.layers) * width + real(shape.vocab));
  const double flops = 2 * rows * weights;
  const double us =
      flops / real(cost.flop_rate(RateClass::kMatmul)) +
      3 * real(layer.pair_flops()) * pairs / real(cost.flop_rate(RateClass::kAttention)) +
      5 * rows * real(shape.layers) * width / real(cost.flop_rate(RateClass::kVector)) +
      bytes / real(cost.byte_rate()) +
      passes * (real(shape.layers) * 11 + 8) * 1e-3 *
          (real(device.launch_ns) + real(device.copy_latency_ns) + 2);
  if (us > 1e15) {
    return Error{"device model '" + device.name + "'", "this run would take more than 30 years",
                 "check the rates of the device, or shorten the run"};
  }
  return {};
}

}  // namespace kvfoot
