// A model small enough to count by hand, and passes over it.
#pragma once

#include <vector>

#include "sim/graph/pass_graph.hpp"

namespace kvfoot {

// hidden 8, two query heads of four dimensions on one KV head, MLP 16, ten words; bf16.
inline PassModel small_model(std::int32_t layers = 1) {
  PassModel model;
  model.shape.name = "small";
  model.shape.layers = layers;
  model.shape.q_heads = 2;
  model.shape.kv_heads = 1;
  model.shape.head_dim = 4;
  model.shape.hidden = 8;
  model.shape.ffn = 16;
  model.shape.vocab = 10;
  model.storage_heads = 1;
  model.block = 4;
  return model;
}

// Rows [begin, begin + rows) of a prefill chunk; every stream holds `before` entries and keeps all.
struct SmallPass {
  std::vector<LayerLoad> layers;
  PassLoad load;

  SmallPass(const PassModel& model, std::int64_t before, std::int64_t rows) {
    const std::int64_t heads = model.storage_heads;
    const auto pages = [&](std::int64_t entries) {
      return heads * ((entries + model.block - 1) / model.block);
    };
    LayerLoad layer;
    layer.before = heads * before;
    layer.after = heads * (before + rows);
    layer.pages_before = pages(before);
    layer.pages_full = pages(before + rows);
    layer.pages_after = pages(before + rows);
    layers.assign(static_cast<std::size_t>(model.shape.layers), layer);
    load.pass.begin = before;
    load.pass.end = before + rows;
    load.pass.last_prefill = true;
    load.samples = true;
    load.layers = layers;
  }
  SmallPass(const SmallPass&) = delete;
  SmallPass& operator=(const SmallPass&) = delete;

  void decode() {
    load.pass.phase = Phase::kDecode;
    load.pass.last_prefill = false;
  }
};

}  // namespace kvfoot
