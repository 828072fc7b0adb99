// The arithmetic of a pass: which kernels and products a layer is made of, and the activations that
// they pass on. Everything is enqueued on the compute stream; nothing waits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "executor/cuda/backend/device_weights.hpp"
#include "executor/cuda/kernels/gemv.hpp"
#include "executor/cuda/kernels/pages.hpp"
#include "executor/cuda/runtime/device.hpp"
#include "executor/memory/buffers.hpp"
#include "executor/model/config.hpp"

namespace kvfoot::cuda {

// A pass of one row takes other kernels than a pass of many: products are bound by the weights that
// they read, and attention is split over the keys.
class LayerWork {
 public:
  LayerWork(Device& device, const LlamaConfig& config, const DeviceWeights& weights,
            BufferPool& buffers);

  // Activations of a pass of so many rows, with queries of the cache's type; those of an earlier
  // pass of as many rows stay where they are. Throws std::bad_alloc, as all that takes memory here
  // does.
  void take(std::int64_t rows, DType cache_type);
  void take_log_sum_exp();  // attention will save it
  void release();
  [[nodiscard]] std::int64_t rows() const { return rows_; }

  // The residual stream from tokens, and the angles of positions (null: no rotation); both (rows)
  // on the device.
  void begin(const std::int32_t* tokens, const std::int32_t* positions, const float* frequency);
  // Norm, QKV, rotation unless begin() was given no positions, append to the pages.
  void project(std::int32_t layer, const LayerPages& cache);
  // Pieces that attention of a pass is cut into, over keys of a cache like this one (its pages are
  // not read): for one row few values for a stream that grows, for many rows one.
  [[nodiscard]] std::int32_t splits(const LayerPages& like, std::int64_t longest) const;
  // Room for that many; true if the room moved.
  bool take_partial(std::int32_t splits);
  void attend(const LayerPages& cache, std::int32_t splits);
  // Output projection and MLP, each added to the residual stream.
  void finish(std::int32_t layer);
  // logits (vocab) of one row of the pass.
  void head(std::int64_t row, float* logits);

  [[nodiscard]] void* queries() { return q_.data(); }  // (rows, q_heads, head_dim)
  [[nodiscard]] std::int32_t q_heads() const { return static_cast<std::int32_t>(config_.heads); }
  [[nodiscard]] float scale() const;  // 1 / sqrt(head_dim)
  // (q_heads, rows); null unless taken.
  [[nodiscard]] float* log_sum_exp() {
    return log_sum_exp_.size() == 0 ? nullptr : log_sum_exp_.data();
  }

 private:
  [[nodiscard]] const DeviceLayer& weights_of(std::int32_t layer) const {
    return weights_.layers[static_cast<std::size_t>(layer)];
  }
  [[nodiscard]] float epsilon() const { return static_cast<float>(config_.rms_norm_eps); }
  [[nodiscard]] std::int64_t qkv_rows() const { return config_.q_rows() + 2 * config_.kv_rows(); }
  template <class T>
  [[nodiscard]] Buffer<T> activation(std::int64_t count) {
    return {buffers_, MemoryClass::kActivation, count};
  }
  [[nodiscard]] Buffer<std::byte> scalars(std::int64_t count);  // of the compute type

  void product(const void* x, std::int64_t k, const Array<std::byte>& w, std::int64_t n, void* y,
               std::int64_t rows);
  void add_product(const void* x, std::int64_t k, const Array<std::byte>& w, float* y,
                   std::int64_t rows);
  void normalise(const float* x, const Array<float>& weight, std::int64_t rows, std::byte* out);
  // One row times W (n, k). `norm` not null: x is fp32 and goes through RMSNorm first.
  void vector_product(const void* x, const float* norm, std::int64_t k, const void* w,
                      std::int64_t n, Gemv::Finish finish, void* y, DType y_type);
  void finish_row(const DeviceLayer& w);
  void finish_rows(const DeviceLayer& w);

  Device& device_;
  Stream stream_;
  const LlamaConfig& config_;
  const DeviceWeights& weights_;
  BufferPool& buffers_;

  std::int64_t rows_ = 0;
  bool rotates_ = true;
  Buffer<float> x_;              // (rows, h): the residual stream
  Buffer<std::byte> q_;          // (rows, q_heads, head_dim) of the cache's type
  Buffer<std::byte> mixed_;      // (rows, q_heads, head_dim): what attention gives
  Buffer<float> cosine_, sine_;  // (rows, head_dim / 2)
  Buffer<float> log_sum_exp_;    // (q_heads, rows)
  Buffer<std::byte> qkv_;        // (qkv_rows) of a single row
  Buffer<std::byte> inner_;      // (f) of a single row
  Buffer<float> partial_;        // of split attention
};

}  // namespace kvfoot::cuda
