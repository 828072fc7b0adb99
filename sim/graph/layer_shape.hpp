// One layer of an architecture, as the sizes from which work and tensors follow.
#pragma once

#include <cstdint>

#include "sim/core/shape.hpp"

namespace kvfoot {

// Scalars per row of a pass unless said otherwise.
//
// Latent attention is counted in its absorbed form (arXiv 2405.04434 section 2.1.2, and the
// published inference code of DeepSeek-V3): queries are carried into the latent space, all heads
// attend to the latent rows themselves, and what they mix is carried back. Kernels that expand
// keys and values in prefill compute less and hold more.
struct LayerShape {
  std::int32_t window = 0;       // tokens that a row sees; 0: all
  std::int64_t projected = 0;    // queries as projected, and a latent query where there is one
  std::int64_t query = 0;        // queries as attention reads them
  std::int64_t entry = 0;        // K and V of all KV heads, or a latent row and its key
  std::int64_t rotated_q = 0;    // of the queries, what RoPE turns
  std::int64_t rotated_k = 0;    // of the keys
  std::int64_t mixed = 0;        // what attention writes
  std::int64_t values = 0;       // what the output projection reads; differs from mixed when latent
  std::int64_t key_dim = 0;      // of one key of one head
  std::int64_t value_dim = 0;    // of one value, as attention reads it
  std::int64_t in_weights = 0;   // elements of the matrices before attention
  std::int64_t out_weights = 0;  // and after it
  std::int64_t norms = 0;        // elements of the layer's norms
  std::int64_t ffn = 0;          // width of the MLP, or of all experts that one row takes
  std::int64_t router = 0;       // experts to choose from; 0: a plain MLP

  // Multiply-adds count twice: scores, and the mixture of values.
  [[nodiscard]] std::int64_t pair_flops() const { return 2 * (key_dim + value_dim); }
  friend bool operator==(const LayerShape&, const LayerShape&) = default;
};

[[nodiscard]] LayerShape layer_shape(const ModelShape& shape, std::int32_t layer);

// Width of all MLP weights of a layer that `rows` rows read: with experts, those that they can
// have chosen at most.
[[nodiscard]] std::int64_t ffn_read(const ModelShape& shape, const LayerShape& layer,
                                    std::int64_t rows);

// Elements of the weights that belong to one layer, and outside layers.
[[nodiscard]] std::int64_t layer_weights(const ModelShape& shape, std::int32_t layer);
[[nodiscard]] std::int64_t embedding_weights(const ModelShape& shape);
[[nodiscard]] std::int64_t all_weights(const ModelShape& shape);

}  // namespace kvfoot
