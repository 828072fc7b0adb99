// The forward pass of a Llama model, layer by layer.
#include "executor/cpu/cpu_backend.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "executor/cpu/attention.hpp"
#include "executor/cpu/linear.hpp"
#include "executor/cpu/live_source.hpp"
#include "executor/cpu/pass_attention.hpp"
#include "executor/cpu/thread_pool.hpp"
#include "sim/core/pooling.hpp"

namespace kvfoot {
namespace cpu {
namespace {

constexpr std::int64_t kRowBlock = 768;  // rows that share the buffers between two linear layers
constexpr std::int64_t kRowTask = 8;     // rows per task of row-wise work

Error no_memory(const char* what) {
  return {"CPU backend", std::string("not enough memory for ") + what,
          "use a smaller chunk, a shorter prompt or a smaller budget", ErrorKind::kEnvironment};
}

Scalar scalar_of(DType type) {
  switch (type) {
    case DType::kF32:
      return Scalar::kF32;
    case DType::kF16:
      return Scalar::kF16;
    case DType::kBF16:
      return Scalar::kBF16;
  }
  KVFOOT_CHECK(false, "unknown cache type");
  return Scalar::kF32;
}

std::int64_t bytes_of(const std::vector<float>& buffer) {
  return static_cast<std::int64_t>(buffer.capacity() * sizeof(float));
}

void ensure(std::vector<float>& buffer, std::int64_t count) {
  if (static_cast<std::int64_t>(buffer.size()) < count) {
    buffer.resize(static_cast<std::size_t>(count));
  }
}

class CpuBackend final : public Backend {
 public:
  CpuBackend(LlamaWeights weights, const std::string& name, const CpuOptions& options)
      : weights_(std::move(weights)),
        config_(weights_.config),
        shape_(model_shape(config_, name)),
        kernels_(best_kernels()),
        pool_(options.threads),
        linear_(kernels_, pool_),
        rope_(rope_inverse_frequencies(config_)),
        index_rope_(rope_inverse_frequencies(config_)),
        source_(pool_),
        scratch_(static_cast<std::size_t>(pool_.threads())) {
    const auto widen = [](const TensorView& view) {
      std::vector<float> out(view.elements());
      load_weights(view.data, view.type, 0, out);
      return out;
    };
    for (const LayerWeights& layer : weights_.layers) {
      norms_.push_back({widen(layer.input_norm), widen(layer.post_norm)});
      for (const TensorView* w : {&layer.input_norm, &layer.q, &layer.k, &layer.v, &layer.o,
                                  &layer.post_norm, &layer.gate, &layer.up, &layer.down}) {
        weight_bytes_ += static_cast<std::int64_t>(w->bytes());
      }
    }
    final_norm_ = widen(weights_.final_norm);
    weight_bytes_ += static_cast<std::int64_t>(weights_.embed.bytes());
    weight_bytes_ += static_cast<std::int64_t>(weights_.final_norm.bytes());
    if (weights_.lm_head.data != weights_.embed.data) {
      weight_bytes_ += static_cast<std::int64_t>(weights_.lm_head.bytes());
    }
    reset_store(CacheOptions{});
  }

  const ModelShape& shape() const override { return shape_; }

  Status reset(const CacheOptions& options) override {
    if (options.block < 1) {
      return Error{"CPU backend", "a page of " + std::to_string(options.block) + " entries",
                   "use at least 1"};
    }
    try {
      reset_store(options);
    } catch (const std::bad_alloc&) {
      return no_memory("the cache");
    }
    return {};
  }

  Status begin_pass(std::span<const std::int32_t> tokens, std::span<const TokenPos> positions,
                    std::int64_t patch_rows) override {
    KVFOOT_CHECK(!tokens.empty() && tokens.size() == positions.size(), "rows of a pass");
    KVFOOT_CHECK(patch_rows >= 0 && patch_rows <= static_cast<std::int64_t>(tokens.size()),
                 "patch rows of a pass");
    for (const std::int32_t token : tokens) {
      if (token < 0 || token >= config_.vocab_size) {
        return Error{"CPU backend", "token " + std::to_string(token) + " is outside the vocabulary",
                     "the model has " + std::to_string(config_.vocab_size) +
                         " tokens; is this its tokenizer?"};
      }
    }
    rows_ = static_cast<std::int64_t>(tokens.size());
    patch_rows_ = patch_rows;
    try {
      prepare_pass(positions);
    } catch (const std::bad_alloc&) {
      return no_memory("the activations of a pass");
    }
    const std::int64_t h = config_.hidden_size;
    for_rows(0, rows_, [&](std::int64_t r) {
      const std::size_t first = static_cast<std::size_t>(tokens[static_cast<std::size_t>(r)] * h) *
                                weight_bytes(weights_.embed.type);
      kernels_.widen(weights_.embed.data + first, cpu::scalar_of(weights_.embed.type), h,
                     x_.data() + r * h);
    });
    return {};
  }

  Status attend(std::int32_t layer) override {
    KVFOOT_CHECK(rows_ > 0 && layer >= 0 && layer < shape_.layers, "layer of a pass");
    project(layer);
    try {
      append(layer);
      attend_pass({.layer = attention_,
                   .patch_rows = patch_rows_,
                   .longest = longest_,
                   .source = source_,
                   .observer = observer_,
                   .pool = pool_,
                   .scratch = scratch_,
                   .out = mixed_.data()});
    } catch (const std::bad_alloc&) {
      return no_memory("the cache or the attention scores");
    }
    const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
    const std::int64_t h = config_.hidden_size;
    for (std::int64_t begin = 0; begin < rows_; begin += kRowBlock) {
      const std::int64_t count = std::min(kRowBlock, rows_ - begin);
      const std::array<Linear::Output, 1> out{{{&w.o, block_.data()}}};
      linear_(mixed_.data() + begin * config_.q_rows(), count, config_.q_rows(), out);
      for_rows(0, count, [&](std::int64_t r) {
        add_row({block_.data() + r * h, static_cast<std::size_t>(h)},
                {x_.data() + (begin + r) * h, static_cast<std::size_t>(h)});
      });
    }
    note_activations();
    return {};
  }

  AttentionSource& attention() override { return source_; }

  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) override {
    store_.retain(layer, head, kept);
  }

  Status feed_forward(std::int32_t layer) override {
    const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
    const std::vector<float>& norm = norms_[static_cast<std::size_t>(layer)].post;
    const std::int64_t h = config_.hidden_size;
    const std::int64_t f = config_.intermediate_size;
    for (std::int64_t begin = 0; begin < rows_; begin += kRowBlock) {
      const std::int64_t count = std::min(kRowBlock, rows_ - begin);
      normalise(norm, begin, count);
      const std::array<Linear::Output, 2> inner{{{&w.gate, gate_.data()}, {&w.up, up_.data()}}};
      linear_(block_.data(), count, h, inner);
      for_rows(0, count, [&](std::int64_t r) {
        kernels_.swiglu(gate_.data() + r * f, up_.data() + r * f, f);
      });
      const std::array<Linear::Output, 1> outer{{{&w.down, block_.data()}}};
      linear_(gate_.data(), count, f, outer);
      for_rows(0, count, [&](std::int64_t r) {
        add_row({block_.data() + r * h, static_cast<std::size_t>(h)},
                {x_.data() + (begin + r) * h, static_cast<std::size_t>(h)});
      });
    }
    return {};
  }

  Result<std::span<const float>> logits(std::int64_t row) override {
    KVFOOT_CHECK(row >= 0 && row < rows_, "row of a pass");
    try {
      ensure(logits_, config_.vocab_size);
    } catch (const std::bad_alloc&) {
      return no_memory("the logits");
    }
    const std::int64_t h = config_.hidden_size;
    kernels_.rms_norm(x_.data() + row * h, final_norm_.data(), epsilon(), h, block_.data());
    const std::array<Linear::Output, 1> out{{{&weights_.lm_head, logits_.data()}}};
    linear_(block_.data(), 1, h, out);
    note_activations();
    return std::span<const float>(logits_.data(), static_cast<std::size_t>(config_.vocab_size));
  }

  std::span<const float> key_norms(std::int32_t head) override {
    return {key_norms_.data() + head * rows_, static_cast<std::size_t>(rows_)};
  }

  void observe(AttentionObserver* observer) override { observer_ = observer; }

  MemoryCounters counters() const override {
    const auto page = static_cast<std::int64_t>(store_.pool().page_bytes());
    MemoryCounters counters;
    counters.kv_pages = store_.pool().pages();
    counters.kv_bytes = counters.kv_pages * page;
    counters.kv_peak_bytes = store_.pool().peak_pages() * page;
    counters.weight_bytes = weight_bytes_;
    counters.activation_peak_bytes = activation_peak_;
    return counters;
  }

  void reset_peak() override {
    store_.reset_peak();
    activation_peak_ = activation_bytes();
  }

 private:
  struct Norms {
    std::vector<float> input, post;
  };

  [[nodiscard]] float epsilon() const { return static_cast<float>(config_.rms_norm_eps); }
  [[nodiscard]] std::int32_t group() const {  // query heads per storage head
    return options_.storage == Storage::kKvHeads ? shape_.group() : 1;
  }

  // body(row) for rows [begin, end), several rows per task.
  template <class Body>
  void for_rows(std::int64_t begin, std::int64_t end, Body&& body) {
    const std::int64_t tasks = (end - begin + kRowTask - 1) / kRowTask;
    pool_.parallel_for(tasks, [&](std::int64_t task, int) {
      const std::int64_t first = begin + task * kRowTask;
      for (std::int64_t r = first; r < std::min(first + kRowTask, end); ++r) {
        body(r);
      }
    });
  }

  void reset_store(const CacheOptions& options) {
    options_ = options;
    rows_ = 0;
    store_.reset(shape_.layers, shape_.q_heads / group(), shape_.head_dim, options.block,
                 scalar_of(options.dtype));
    source_.reset(shape_.layers, shape_.q_heads, options.needs);
  }

  void prepare_pass(std::span<const TokenPos> positions) {
    const std::int64_t block = std::min(rows_, kRowBlock);
    ensure(x_, rows_ * config_.hidden_size);
    ensure(q_, rows_ * config_.q_rows());
    ensure(k_, rows_ * config_.kv_rows());
    ensure(v_, rows_ * config_.kv_rows());
    ensure(mixed_, rows_ * config_.q_rows());
    ensure(block_, block * config_.hidden_size);
    ensure(gate_, block * config_.intermediate_size);
    ensure(up_, block * config_.intermediate_size);
    ensure(key_norms_, rows_ * store_.heads());
    if (!options_.reindex) {
      rope_.assign(positions);
    }
    note_activations();
  }

  // block_ = RMSNorm of rows [begin, begin + count) of x_.
  void normalise(const std::vector<float>& weight, std::int64_t begin, std::int64_t count) {
    const std::int64_t h = config_.hidden_size;
    for_rows(0, count, [&](std::int64_t r) {
      kernels_.rms_norm(x_.data() + (begin + r) * h, weight.data(), epsilon(), h,
                        block_.data() + r * h);
    });
  }

  // q_, k_, v_ of all rows; q_ and k_ rotated unless the cache is re-indexed.
  void project(std::int32_t layer) {
    const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
    for (std::int64_t begin = 0; begin < rows_; begin += kRowBlock) {
      const std::int64_t count = std::min(kRowBlock, rows_ - begin);
      normalise(norms_[static_cast<std::size_t>(layer)].input, begin, count);
      const std::array<Linear::Output, 3> out{{{&w.q, q_.data() + begin * config_.q_rows()},
                                               {&w.k, k_.data() + begin * config_.kv_rows()},
                                               {&w.v, v_.data() + begin * config_.kv_rows()}}};
      linear_(block_.data(), count, config_.hidden_size, out);
    }
    if (options_.reindex) {
      return;
    }
    const std::int64_t d = config_.head_dim;
    for_rows(0, rows_, [&](std::int64_t r) {
      for (std::int64_t head = 0; head < config_.heads; ++head) {
        float* q = q_.data() + r * config_.q_rows() + head * d;
        kernels_.rotate(q, rope_.cosine(r), rope_.sine(r), d, q);
      }
      for (std::int64_t head = 0; head < config_.kv_heads; ++head) {
        float* k = k_.data() + r * config_.kv_rows() + head * d;
        kernels_.rotate(k, rope_.cosine(r), rope_.sine(r), d, k);
      }
    });
  }

  // Stores the pass's keys and values and sets up the attention of the layer.
  void append(std::int32_t layer) {
    const std::int64_t d = config_.head_dim;
    const std::int32_t heads = store_.heads();
    const std::int32_t copies = heads / shape_.kv_heads;  // storage heads per KV head
    std::int64_t longest = 0;
    for (std::int32_t head = 0; head < heads; ++head) {
      store_.grow(layer, head, rows_);
      longest = std::max(longest, store_.size(layer, head));
    }
    if (options_.reindex) {
      index_rope_.extend(longest);
    }
    for_rows(0, rows_, [&](std::int64_t r) {
      for (std::int32_t head = 0; head < heads; ++head) {
        const std::int64_t kv = r * config_.kv_rows() + head / copies * d;
        const std::int64_t entry = store_.size(layer, head) - rows_ + r;
        store_.put(layer, head, entry, k_.data() + kv, v_.data() + kv);
        key_norms_[static_cast<std::size_t>(head * rows_ + r)] =
            kernels_.length(store_.key(layer, head, entry), store_.type(), d);
      }
    });
    attention_ = {};
    attention_.kernels = &kernels_;
    attention_.store = &store_;
    attention_.reindex = options_.reindex ? &index_rope_ : nullptr;
    attention_.layer = layer;
    attention_.q_heads = shape_.q_heads;
    attention_.group = group();
    attention_.rows = rows_;
    attention_.q = q_.data();
    attention_.scale = 1.0F / std::sqrt(static_cast<float>(d));
    longest_ = (longest + kKeyBlock - 1) / kKeyBlock * kKeyBlock;
    source_.begin_layer(attention_, patch_rows_, scratch_);
  }

  [[nodiscard]] std::int64_t activation_bytes() const {
    std::int64_t bytes = linear_.bytes() + rope_.bytes() + index_rope_.bytes();
    for (const auto* buffer :
         {&x_, &q_, &k_, &v_, &mixed_, &block_, &gate_, &up_, &logits_, &key_norms_}) {
      bytes += bytes_of(*buffer);
    }
    for (const AttentionScratch& scratch : scratch_) {
      bytes += scratch.bytes();
    }
    return bytes;
  }
  void note_activations() { activation_peak_ = std::max(activation_peak_, activation_bytes()); }

  LlamaWeights weights_;
  LlamaConfig config_;
  ModelShape shape_;
  const Kernels& kernels_;
  ThreadPool pool_;
  Linear linear_;
  RopeTable rope_;        // rows of the pass
  RopeTable index_rope_;  // positions 0, 1, ... of a re-indexed cache
  LiveSource source_;
  KvStore store_;
  CacheOptions options_;
  AttentionObserver* observer_ = nullptr;

  std::vector<Norms> norms_;
  std::vector<float> final_norm_;
  std::int64_t weight_bytes_ = 0;
  std::int64_t activation_peak_ = 0;

  std::int64_t rows_ = 0;
  std::int64_t patch_rows_ = 0;
  std::int64_t longest_ = 0;  // of the layer's streams, rounded up to kKeyBlock
  LayerAttention attention_;
  std::vector<float> x_;                   // (rows, hidden): the residual stream
  std::vector<float> q_;                   // (rows, heads, head_dim)
  std::vector<float> k_, v_;               // (rows, kv_heads, head_dim)
  std::vector<float> mixed_;               // (rows, heads, head_dim): attention's output
  std::vector<float> block_;               // (kRowBlock, hidden)
  std::vector<float> gate_, up_;           // (kRowBlock, intermediate)
  std::vector<float> logits_;              // (vocab)
  std::vector<float> key_norms_;           // (storage heads, rows)
  std::vector<AttentionScratch> scratch_;  // one per thread
};

}  // namespace
}  // namespace cpu

Result<std::unique_ptr<Backend>> make_cpu_backend(LlamaWeights weights, const std::string& name,
                                                  const CpuOptions& options) {
  try {
    return std::unique_ptr<Backend>(
        std::make_unique<cpu::CpuBackend>(std::move(weights), name, options));
  } catch (const std::bad_alloc&) {
    return cpu::no_memory("the backend");
  } catch (const std::system_error& error) {
    return Error{"--threads", std::string("threads cannot be started: ") + error.what(),
                 "ask for fewer", ErrorKind::kEnvironment};
  }
}

}  // namespace kvfoot
