// Sizes of layers: plain, sliding, latent, with experts.
#include "sim/graph/layer_shape.hpp"

#include <algorithm>
#include <limits>

namespace kvfoot {
namespace {

void plain_attention(const ModelShape& shape, LayerShape& layer) {
  const std::int64_t q = std::int64_t{shape.q_heads} * shape.head_dim;
  const std::int64_t k = std::int64_t{shape.kv_heads} * shape.head_dim;
  layer.query = q;
  layer.entry = 2 * k;
  layer.rotated_q = q;
  layer.rotated_k = k;
  layer.mixed = q;
  layer.values = q;
  layer.key_dim = shape.head_dim;
  layer.value_dim = shape.head_dim;
  layer.in_weights = shape.hidden * (q + 2 * k);
  layer.out_weights = q * shape.hidden;
  layer.norms = 2 * std::int64_t{shape.hidden};
}

void latent_attention(const ModelShape& shape, LayerShape& layer) {
  const LatentAttention& latent = shape.latent;
  const std::int64_t heads = shape.q_heads;
  const std::int64_t hidden = shape.hidden;
  const std::int64_t rank = latent.kv_rank;
  const std::int64_t q = heads * shape.head_dim;
  const std::int64_t plain = shape.head_dim - latent.rope_dim;  // of a query, not rotated
  layer.projected = latent.q_rank + q;
  layer.query = heads * (rank + latent.rope_dim);
  layer.entry = rank + latent.rope_dim;
  layer.rotated_q = heads * latent.rope_dim;
  layer.rotated_k = latent.rope_dim;
  layer.mixed = heads * rank;
  layer.values = heads * latent.value_dim;
  layer.key_dim = rank + latent.rope_dim;
  layer.value_dim = rank;
  const std::int64_t queries =
      latent.q_rank > 0 ? hidden * latent.q_rank + latent.q_rank * q : hidden * q;
  layer.in_weights = queries + hidden * layer.entry + heads * plain * rank;
  layer.out_weights = heads * rank * latent.value_dim + layer.values * hidden;
  layer.norms = 2 * hidden + rank + latent.q_rank;
}

}  // namespace

LayerShape layer_shape(const ModelShape& shape, std::int32_t index) {
  LayerShape layer;
  layer.window = shape.window(index);
  if (shape.latent.kv_rank > 0) {
    latent_attention(shape, layer);
  } else {
    plain_attention(shape, layer);
  }
  const Experts& experts = shape.experts;
  if (experts.count > 0 && index >= experts.dense_layers) {
    layer.ffn = (std::int64_t{experts.active} + experts.shared) * experts.ffn;
    layer.router = experts.count;
  } else {
    layer.ffn = shape.ffn;
  }
  return layer;
}

std::int64_t ffn_read(const ModelShape& shape, const LayerShape& layer, std::int64_t rows) {
  if (layer.router == 0) {
    return layer.ffn;
  }
  const Experts& experts = shape.experts;
  // Every row may choose others.
  const std::int64_t chosen = rows < experts.count
                                  ? std::min<std::int64_t>(experts.count, rows * experts.active)
                                  : experts.count;
  return (chosen + experts.shared) * experts.ffn;
}

std::int64_t layer_weights(const ModelShape& shape, std::int32_t index) {
  const LayerShape layer = layer_shape(shape, index);
  const std::int64_t every = std::numeric_limits<std::int32_t>::max();
  return layer.in_weights + layer.out_weights + layer.norms +
         shape.hidden * (layer.router + 3 * ffn_read(shape, layer, every));
}

std::int64_t embedding_weights(const ModelShape& shape) {
  return std::int64_t{shape.vocab} * shape.hidden;
}

std::int64_t all_weights(const ModelShape& shape) {
  // Layers with a plain MLP come first; all others weigh the same.
  const std::int32_t plain =
      shape.experts.count > 0 ? std::min(shape.experts.dense_layers, shape.layers) : 0;
  std::int64_t layers = (shape.layers - plain) * layer_weights(shape, plain);
  if (plain > 0) {
    layers += plain * layer_weights(shape, 0);
  }
  return layers + shape.hidden + embedding_weights(shape) * (shape.tied_embeddings ? 1 : 2);
}

}  // namespace kvfoot
