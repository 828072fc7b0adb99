// Sums over the streams of a layer, and what a run needs to be timed.
#include "sim/engine/pass_loads.hpp"

#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/engine/cost_model.hpp"

namespace kvfoot {
namespace {

// Streams of a layer one after the other: their sum, or as many times the largest.
class LayerUnits {
 public:
  LayerUnits(const PageSize& page, std::int32_t heads) : page_(page), heads_(heads) {}
  void add(std::int64_t units) {
    sum_ += units;
    largest_ = std::max(largest_, units);
  }
  [[nodiscard]] std::int64_t total() const { return page_.rectangular ? heads_ * largest_ : sum_; }

 private:
  const PageSize& page_;
  std::int32_t heads_;
  std::int64_t sum_ = 0;
  std::int64_t largest_ = 0;
};

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

void PassLoads::add_bytes(LayerLoad& load, std::int32_t layer, std::int64_t past,
                          std::int64_t moved) const {
  const StreamFormula& formula = *page_.formula;
  const KvIndex& index = formula.index;
  const std::int64_t group = request_.model.group();
  load.keys_before += formula.key_bytes(past);
  load.moved_bytes += formula.content(moved);
  if (!selects(request_.model, layer) || past <= index.budget) {
    load.read_before += formula.payload(past);
    load.selected_pairs += group * past;
    return;
  }
  // Query heads of a group choose for themselves: at worst they read different pages.
  const std::int64_t choices = request_.model.layout.copies == KvCopies::kQuery ? 1 : group;
  load.read_before +=
      formula.index_bytes(past) + formula.payload(std::min(past, choices * index.budget));
  load.selected_pairs += group * (index.budget + (past + index.block - 1) / index.block);
}

PassLoad PassLoads::at(std::int64_t pass) {
  PassLoad load = frame(pass);
  const std::int64_t rows = load.pass.rows();
  const std::int64_t full = load.rows();
  const std::int32_t heads = request_.model.storage_heads;
  std::int64_t stream = 0;
  for (std::int32_t l = 0; l < request_.model.shape.layers; ++l) {
    LayerLoad& layer = layers_[static_cast<std::size_t>(l)];
    layer = {};
    // A window slides over a ring of pages: nothing is moved.
    const bool slides = request_.model.shape.window(l) > 0;
    LayerUnits before(page_, heads);
    LayerUnits during(page_, heads);
    LayerUnits later(page_, heads);
    for (std::int32_t head = 0; head < heads; ++head, ++stream) {
      const std::int64_t past = request_.profile->past(stream, pass);
      const std::int64_t kept = after(stream, pass);
      const std::int64_t moved = !slides && kept < past + rows ? kept : 0;
      layer.before += past;
      layer.after += kept;
      layer.moved += moved;
      layer.longest = std::max(layer.longest, past + full);
      before.add(page_.units(past));
      during.add(std::max(page_.units_during(past, full), page_.units(kept)));
      later.add(page_.units(kept));
      if (page_.formula) {
        add_bytes(layer, l, past, moved);
      }
    }
    layer.pages_before = before.total();
    layer.pages_full = during.total();
    layer.pages_after = later.total();
  }
  load.layers = layers_;
  return load;
}

std::int64_t PassLoads::pages_after(std::int64_t pass) const {
  std::int64_t pages = 0;
  std::int64_t stream = 0;
  const std::int32_t heads = request_.model.storage_heads;
  for (std::int32_t l = 0; l < request_.model.shape.layers; ++l) {
    LayerUnits layer(page_, heads);
    for (std::int32_t head = 0; head < heads; ++head, ++stream) {
      layer.add(page_.units(after(stream, pass)));
    }
    pages += layer.total();
  }
  return pages;
}

PassModel pass_model(const ModelShape& shape, const Policy& policy, const RunLengths& run,
                     DType dtype, DType kv_dtype, std::int64_t block, LogitsRows logits,
                     std::int64_t batch, const KvLayout& layout) {
  PassModel model;
  model.shape = shape;
  model.storage_heads = storage_heads(policy, shape);
  model.dtype = dtype;
  model.kv_dtype = kv_dtype;
  model.block = block;
  model.logits = logits;
  model.batch = batch;
  model.layout = layout;
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
  const double metadata = (model.layout.has_formula() ? 8 : 1) * real(model.copies());
  const LayerShape layer = layer_shape(shape, shape.layers - 1);
  const double width = real(shape.hidden) * 8 +
                       real(std::max<std::int64_t>(layer.ffn, shape.ffn)) * 5 +
                       real(layer.query) * 12;
  const double bytes =
      4 * passes *
          (weights + rows * real(shape.layers) * real(model.storage_heads) *
                         (metadata * real(layer.key_dim) * 8 + real(model.state_bytes()))) +
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
