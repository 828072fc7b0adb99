// Templates of passes, and one pass after them.
#include "sim/engine/pass_timer.hpp"

#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/graph/cpu_memory.hpp"

namespace kvfoot {

const PassTemplate& PassTimer::template_of(const PassLoad& frame) {
  const Shape shape{frame.rows(), frame.pass.phase == Phase::kPrefill, frame.decides, frame.samples,
                    frame.pass.patch_rows > 0};
  const auto [at, fresh] = templates_.try_emplace(shape);
  PassTemplate& made = at->second;
  if (!fresh) {
    return made;
  }
  PassLoad empty = frame;
  const std::vector<LayerLoad> nothing(static_cast<std::size_t>(request_.model.shape.layers));
  empty.layers = nothing;
  PassGraph graph = build_pass_graph(request_.model, empty);
  for (Tensor& tensor : graph.tensors) {
    tensor.bytes = tensor.per_entry ? 0 : tensor.bytes;
  }
  const std::vector<std::int32_t> order = topological_order(graph);
  const std::vector<MemoryBytes> during = residency(graph, order);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Operator& op = graph.operators[static_cast<std::size_t>(order[i])];
    const std::int64_t ns = cost_.duration_ns(op.rate, op.work);
    if (op.kind == OperatorKind::kUpload) {
      made.uploads = true;
      made.upload_ns = ns;
      continue;
    }
    if (op.kind == OperatorKind::kDownload) {
      made.downloads = true;
      made.download_ns = ns;
      continue;
    }
    PassTemplate::Op timed;
    timed.kind = op.kind;
    timed.layer = op.layer;
    timed.rate = op.rate;
    timed.fixed_ns = depends_on_residency(op.kind) ? 0 : ns;
    timed.fixed = during[i];
    made.ops.push_back(timed);
  }
  return made;
}

PassTiming PassTimer::time(std::int64_t pass) {
  const PassLoad load = loads_.at(pass);
  const PassTemplate& shape = template_of(load);
  const PassModel& model = request_.model;
  const std::int64_t state_bytes = model.batch * model.state_bytes();
  const std::int64_t page_bytes = loads_.page().bytes;
  const std::int64_t new_entries = load.rows() * model.storage_heads;
  std::int64_t pages = 0;
  std::int64_t entries = 0;  // that have accumulators or norms
  for (std::size_t l = 0; l < load.layers.size(); ++l) {
    const LayerLoad& layer = load.layers[l];
    const auto index = static_cast<std::int32_t>(l);
    const bool slides = model.shape.window(index) > 0;
    pages += layer.pages_before;
    entries += slides ? 0 : layer.before;
    KVFOOT_CHECK(slides || model.quantises() || evicts(model, load, index) ||
                     layer.pages_after == layer.pages_full,
                 "entries vanish in a pass that evicts nothing");
  }
  PassTiming timing;
  std::int64_t answers = 0;
  const std::int64_t rotation = model.cpu && model.reindexes ? cpu_rotation_bytes(model, load) : 0;
  for (const PassTemplate::Op& op : shape.ops) {
    std::int64_t ns = op.fixed_ns;
    const LayerLoad* layer =
        op.layer == kBoundary ? nullptr : &load.layers[static_cast<std::size_t>(op.layer)];
    if (depends_on_residency(op.kind)) {
      ns = cost_.duration_ns(op.rate, layer_work(model, load, op.kind, op.layer, *layer));
    }
    if (op.kind == OperatorKind::kRopeAppend) {
      pages += layer->pages_full - layer->pages_before;
      entries += model.shape.window(op.layer) > 0 ? 0 : new_entries;
    }
    if (op.kind == OperatorKind::kScore) {
      answers = score_workspace(model, load, *layer);
    }
    MemoryBytes held = op.fixed;
    held[MemoryClass::kKv] += pages * page_bytes;
    held[MemoryClass::kWorkspace] += entries * state_bytes + answers + rotation;
    if (op.kind == OperatorKind::kAttention && attention_workspace_grows(model)) {
      held[MemoryClass::kWorkspace] +=
          attention_workspace(model, model.batch * load.rows(), *layer);
    }
    if (op.kind == OperatorKind::kScore && model.cpu) {
      held[MemoryClass::kWorkspace] += cpu_score_bytes(model, load, *layer);
    }
    timing.class_peak.raise_to(held);
    timing.peak_pages = std::max(timing.peak_pages, pages);
    if (held.total() > timing.peak.bytes.total()) {
      timing.peak = {held, pass, op.kind, op.layer};
    }
    timing.page_ns += static_cast<WideBytesNs>(pages) * static_cast<WideBytesNs>(ns);
    timing.compute_ns += ns;
    timing.embed_ns = op.kind == OperatorKind::kEmbed ? ns : timing.embed_ns;
    if (layer != nullptr && op.kind == gives_back(model, op.layer)) {
      pages -= layer->pages_full - layer->pages_after;
    }
    if (op.kind == OperatorKind::kEvict) {
      entries -= layer->before + new_entries - layer->after;
    }
    if (op.kind == OperatorKind::kEvict ||
        (op.kind == OperatorKind::kScore && !evicts(model, load, op.layer))) {
      answers = 0;  // the last operator that reads them
    }
  }
  return timing;
}

}  // namespace kvfoot
