// The weights on the card, laid out for as few products as possible.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "executor/cuda/backend/device_memory.hpp"
#include "executor/memory/buffers.hpp"
#include "executor/model/weights.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::cuda {

// h hidden_size, f intermediate_size, d head_dim, H heads, K kv_heads, V vocab_size. Matrices are
// of `type`, norms fp32.
struct DeviceLayer {
  Array<std::byte> qkv;      // ((H + 2 K) d, h): q, k, v
  Array<std::byte> o;        // (h, H d)
  Array<std::byte> gate_up;  // (2 f, h): gate, up
  Array<std::byte> down;     // (h, f)
  Array<float> input_norm;   // (h)
  Array<float> post_norm;    // (h)
};

struct DeviceWeights {
  DType type = DType::kF32;
  Array<std::byte> embed;  // (V, h)
  Array<std::byte> lm_head_own;
  Array<float> final_norm;  // (h)
  std::vector<DeviceLayer> layers;
  std::int64_t bytes = 0;

  [[nodiscard]] const std::byte* lm_head() const {
    return lm_head_own.data() == nullptr ? embed.data() : lm_head_own.data();
  }
};

// Bytes done, bytes in all.
using UploadProgress = std::function<void(std::int64_t done, std::int64_t total)>;

// Copies the weights to the card through page-locked memory; matrices of another type than the
// first layer's q are converted. Weights without data are made on the card (`random` of
// LlamaWeights). Errors: not enough memory on the card, said before anything is copied.
[[nodiscard]] Result<DeviceWeights> upload_weights(Device& device, DeviceBlocks& blocks,
                                                   const LlamaWeights& weights,
                                                   const UploadProgress& progress);

}  // namespace kvfoot::cuda
