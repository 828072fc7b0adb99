// Layers as kernels and products.
#include "executor/cuda/backend/layer_work.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "executor/cuda/kernels/attention.hpp"
#include "executor/cuda/kernels/rows.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::int64_t kRowBlock = 8192;  // rows that share the buffers of the MLP

}  // namespace

LayerWork::LayerWork(Device& device, const LlamaConfig& config, const DeviceWeights& weights,
                     BufferPool& buffers)
    : device_(device),
      stream_(device.compute_stream()),
      config_(config),
      weights_(weights),
      buffers_(buffers) {}

Buffer<std::byte> LayerWork::scalars(std::int64_t count) {
  return activation<std::byte>(count * scalar_bytes(weights_.type));
}

float LayerWork::scale() const { return 1.0F / std::sqrt(static_cast<float>(config_.head_dim)); }

void LayerWork::take(std::int64_t rows, DType cache_type) {
  if (rows != rows_) {
    release();
    const std::int64_t half = config_.head_dim / 2;
    x_ = activation<float>(rows * config_.hidden_size);
    q_ = activation<std::byte>(rows * config_.q_rows() * scalar_bytes(cache_type));
    mixed_ = scalars(rows * config_.q_rows());
    cosine_ = activation<float>(rows * half);
    sine_ = activation<float>(rows * half);
    if (rows == 1) {
      qkv_ = scalars(qkv_rows());
      inner_ = scalars(config_.intermediate_size);
    }
    rows_ = rows;
  }
}

void LayerWork::take_log_sum_exp() {
  if (log_sum_exp_.size() == 0) {
    log_sum_exp_ = {buffers_, MemoryClass::kWorkspace, q_heads() * rows_};
  }
}

void LayerWork::release() {
  for (Buffer<float>* buffer : {&x_, &cosine_, &sine_, &log_sum_exp_, &partial_}) {
    buffer->release();
  }
  for (Buffer<std::byte>* buffer : {&q_, &mixed_, &qkv_, &inner_}) {
    buffer->release();
  }
  rows_ = 0;
}

void LayerWork::begin(const std::int32_t* tokens, const std::int32_t* positions,
                      const float* frequency) {
  launch_embed({.tokens = tokens,
                .table = weights_.embed.data(),
                .type = weights_.type,
                .rows = rows_,
                .hidden = config_.hidden_size,
                .x = x_.data()},
               stream_);
  rotates_ = positions != nullptr;
  if (rotates_) {
    launch_rope_table({.positions = positions,
                       .frequency = frequency,
                       .rows = rows_,
                       .half = config_.head_dim / 2,
                       .cosine = cosine_.data(),
                       .sine = sine_.data()},
                      stream_);
  }
}

void LayerWork::project(std::int32_t layer, const LayerPages& cache) {
  const DeviceLayer& w = weights_of(layer);
  const std::int64_t h = config_.hidden_size;
  Buffer<std::byte> many;
  if (rows_ == 1) {
    vector_product(x_.data(), w.input_norm.data(), h, w.qkv.data(), qkv_rows(),
                   Gemv::Finish::kStore, qkv_.data(), weights_.type);
  } else {
    Buffer<std::byte> normed = scalars(rows_ * h);
    normalise(x_.data(), w.input_norm, rows_, normed.data());
    many = scalars(rows_ * qkv_rows());
    product(normed.data(), h, w.qkv, qkv_rows(), many.data(), rows_);
  }
  AppendArgs append;
  append.qkv = rows_ == 1 ? qkv_.data() : many.data();
  append.type = weights_.type;
  append.cosine = rotates_ ? cosine_.data() : nullptr;
  append.sine = rotates_ ? sine_.data() : nullptr;
  append.rows = rows_;
  append.q_heads = q_heads();
  append.kv_heads = static_cast<std::int32_t>(config_.kv_heads);
  append.q = q_.data();
  append.cache = cache;
  launch_append(append, stream_);
}

std::int32_t LayerWork::splits(const LayerPages& like, std::int64_t longest) const {
  const std::int32_t multiprocessors = device_.info().multiprocessors;
  if (rows_ > 1) {
    return prefill_splits(like, rows_, q_heads(), longest, multiprocessors);
  }
  // Powers of two, so that the launches of a growing stream seldom change.
  const auto bucket =
      std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(longest, 64)));
  return decode_splits(static_cast<std::int64_t>(bucket), like.heads, multiprocessors);
}

bool LayerWork::take_partial(std::int32_t splits) {
  if (rows_ > 1 && splits == 1) {
    return false;
  }
  const std::int64_t floats =
      rows_ * decode_partial_floats(q_heads(), static_cast<std::int32_t>(config_.head_dim), splits);
  if (partial_.size() >= floats) {
    return false;
  }
  partial_.release();
  partial_ = {buffers_, MemoryClass::kWorkspace, floats};
  return true;
}

void LayerWork::attend(const LayerPages& cache, std::int32_t splits) {
  AttentionArgs attention;
  attention.cache = cache;
  attention.q = q_.data();
  attention.rows = rows_;
  attention.q_heads = q_heads();
  attention.scale = scale();
  attention.out = mixed_.data();
  attention.out_type = weights_.type;
  attention.log_sum_exp = log_sum_exp();
  const DecodeAttention pieces{
      .attention = attention, .splits = splits, .partial = partial_.data()};
  if (rows_ == 1) {
    launch_decode_attention(pieces, stream_);
  } else if (splits > 1) {
    launch_split_prefill(pieces, stream_);
  } else {
    launch_prefill_attention(attention, stream_);
  }
}

void LayerWork::finish(std::int32_t layer) {
  if (rows_ == 1) {
    finish_row(weights_of(layer));
  } else {
    finish_rows(weights_of(layer));
  }
}

void LayerWork::finish_row(const DeviceLayer& w) {
  const std::int64_t h = config_.hidden_size;
  const std::int64_t f = config_.intermediate_size;
  vector_product(mixed_.data(), nullptr, config_.q_rows(), w.o.data(), h, Gemv::Finish::kAdd,
                 x_.data(), DType::kF32);
  vector_product(x_.data(), w.post_norm.data(), h, w.gate_up.data(), 2 * f, Gemv::Finish::kSwiglu,
                 inner_.data(), weights_.type);
  vector_product(inner_.data(), nullptr, f, w.down.data(), h, Gemv::Finish::kAdd, x_.data(),
                 DType::kF32);
}

void LayerWork::finish_rows(const DeviceLayer& w) {
  const std::int64_t h = config_.hidden_size;
  const std::int64_t f = config_.intermediate_size;
  add_product(mixed_.data(), config_.q_rows(), w.o, x_.data(), rows_);
  const std::int64_t block = std::min(rows_, kRowBlock);
  Buffer<std::byte> normed = scalars(block * h);
  Buffer<std::byte> gate_up = scalars(block * 2 * f);
  Buffer<std::byte> inner = scalars(block * f);
  for (std::int64_t begin = 0; begin < rows_; begin += block) {
    const std::int64_t rows = std::min(block, rows_ - begin);
    float* const x = x_.data() + begin * h;
    normalise(x, w.post_norm, rows, normed.data());
    product(normed.data(), h, w.gate_up, 2 * f, gate_up.data(), rows);
    launch_swiglu({.gate_up = gate_up.data(),
                   .type = weights_.type,
                   .rows = rows,
                   .ffn = f,
                   .out = inner.data()},
                  stream_);
    add_product(inner.data(), f, w.down, x, rows);
  }
}

void LayerWork::head(std::int64_t row, float* logits) {
  vector_product(x_.data() + row * config_.hidden_size, weights_.final_norm.data(),
                 config_.hidden_size, weights_.lm_head(), config_.vocab_size, Gemv::Finish::kStore,
                 logits, DType::kF32);
}

void LayerWork::product(const void* x, std::int64_t k, const Array<std::byte>& w, std::int64_t n,
                        void* y, std::int64_t rows) {
  Gemm gemm;
  gemm.type = weights_.type;
  gemm.x = x;
  gemm.w = w.data();
  gemm.y = y;
  gemm.y_type = weights_.type;
  gemm.m = rows;
  gemm.n = n;
  gemm.k = k;
  device_.gemm(gemm, stream_);
}

void LayerWork::add_product(const void* x, std::int64_t k, const Array<std::byte>& w, float* y,
                            std::int64_t rows) {
  Gemm gemm;
  gemm.type = weights_.type;
  gemm.x = x;
  gemm.w = w.data();
  gemm.y = y;
  gemm.y_type = DType::kF32;
  gemm.m = rows;
  gemm.n = config_.hidden_size;
  gemm.k = k;
  gemm.accumulate = true;
  device_.gemm(gemm, stream_);
}

void LayerWork::normalise(const float* x, const Array<float>& weight, std::int64_t rows,
                          std::byte* out) {
  launch_rms_norm({.x = x,
                   .weight = weight.data(),
                   .epsilon = epsilon(),
                   .rows = rows,
                   .hidden = config_.hidden_size,
                   .out = out,
                   .type = weights_.type},
                  stream_);
}

void LayerWork::vector_product(const void* x, const float* norm, std::int64_t k, const void* w,
                               std::int64_t n, Gemv::Finish finish, void* y, DType y_type) {
  Gemv gemv;
  gemv.type = weights_.type;
  gemv.w = w;
  gemv.n = n;
  gemv.k = k;
  gemv.x = x;
  gemv.x_type = norm == nullptr ? weights_.type : DType::kF32;
  gemv.norm = norm;
  gemv.epsilon = epsilon();
  gemv.finish = finish;
  gemv.y = y;
  gemv.y_type = y_type;
  gemv.multiprocessors = device_.info().multiprocessors;
  gemv.shared_bytes = device_.info().shared_bytes_per_block;
  launch_gemv(gemv, stream_);
}

}  // namespace kvfoot::cuda
