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
#include "executor/cpu/floats.hpp"
#include "executor/cpu/linear.hpp"
#include "executor/cpu/live_source.hpp"
#include "executor/cpu/pass_attention.hpp"
#include "executor/cpu/thread_pool.hpp"
#include "executor/model/pass_rows.hpp"
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

class CpuBackend final : public Backend {
 public:
  CpuBackend(LlamaWeights weights, const std::string& name, const CpuOptions& options)
      : weights_(std::move(weights)),
        config_(weights_.config),
        shape_(model_shape(config_, name)),
        kernels_(best_kernels()),
        pool_(options.threads),
        buffers_(ledger_),
        linear_(kernels_, pool_, buffers_),
        rope_(rope_inverse_frequencies(config_), ledger_),
        index_rope_(rope_inverse_frequencies(config_), ledger_),
        source_(pool_, buffers_),
        store_(ledger_),
        scratch_(static_cast<std::size_t>(pool_.threads())) {
    count_weights();
    reset_store(CacheOptions{});
  }

  const ModelShape& shape() const override { return shape_; }
  std::string_view device() const override { return "cpu"; }

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
    KVFOOT_TRY(check_pass_rows("CPU backend", tokens, positions, patch_rows, config_.vocab_size));
    rows_ = static_cast<std::int64_t>(tokens.size());
    patch_rows_ = patch_rows;
    buffers_.begin_pass();
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
    try {
      project(layer);
      append(layer);
      k_.release();
      v_.release();
      mixed_ = activation(rows_ * config_.q_rows());
      attend_pass({.layer = attention_,
                   .patch_rows = patch_rows_,
                   .longest = longest_,
                   .source = source_,
                   .observer = observer_,
                   .pool = pool_,
                   .scratch = scratch_,
                   .buffers = buffers_,
                   .out = mixed_.data()});
    } catch (const std::bad_alloc&) {
      return no_memory("the cache or the attention scores");
    }
    return {};
  }

  AttentionSource& attention() override { return source_; }

  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) override {
    store_.retain(layer, head, kept);
  }

  Status feed_forward(std::int32_t layer) override {
    source_.end_layer();
    key_norms_.release();
    q_.release();
    try {
      project_output(layer);
      mixed_.release();
      mlp(layer);
    } catch (const std::bad_alloc&) {
      return no_memory("the activations of a layer");
    }
    return {};
  }

  Result<std::optional<std::int64_t>> end_pass() override { return std::optional<std::int64_t>(); }

  Result<std::span<const float>> logits(std::int64_t row) override {
    KVFOOT_CHECK(row >= 0 && row < rows_, "row of a pass");
    const std::int64_t h = config_.hidden_size;
    try {
      Buffer<float> last = activation(h);
      kernels_.rms_norm(x_.data() + row * h, final_norm_.data(), epsilon(), h, last.data());
      logits_.release();
      logits_ = Buffer<float>(buffers_, MemoryClass::kLogits, config_.vocab_size);
      const std::array<Linear::Output, 1> out{{{&weights_.lm_head, logits_.data()}}};
      linear_(last.data(), 1, h, out);
    } catch (const std::bad_alloc&) {
      return no_memory("the logits");
    }
    return std::span<const float>(logits_.data(), static_cast<std::size_t>(config_.vocab_size));
  }

  std::span<const float> key_norms(std::int32_t head) override {
    if (key_norms_.size() == 0) {
      measure_keys();
    }
    return key_norms_.span().subspan(static_cast<std::size_t>(head * rows_),
                                     static_cast<std::size_t>(rows_));
  }

  void observe(AttentionObserver* observer) override { observer_ = observer; }

  MemoryCounters counters() const override {
    const auto page = static_cast<std::int64_t>(store_.pool().page_bytes());
    MemoryCounters counters;
    counters.kv_pages = store_.pool().pages();
    counters.kv_bytes = counters.kv_pages * page;
    counters.kv_peak_bytes = store_.pool().peak_pages() * page;
    counters.held = ledger_.held();
    counters.peak = ledger_.peak();
    counters.at_peak = ledger_.at_peak();
    counters.reserved_bytes = ledger_.held()[MemoryClass::kWeights] + buffers_.reserved() +
                              store_.pool().reserved() + rope_.bytes() + index_rope_.bytes() +
                              source_.accumulator_bytes();
    return counters;
  }

  void reset_peak() override {
    store_.reset_peak();
    ledger_.reset_peak();
  }

 private:
  struct Norms {
    Floats input, post;
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
    release_pass();
    rope_.resize(0);
    index_rope_.resize(0);
    store_.reset(shape_.layers, shape_.q_heads / group(), shape_.head_dim, options.block,
                 scalar_of(options.dtype));
    source_.reset(shape_.layers, shape_.q_heads, options.needs);
  }

  // Weights stay where they were mapped; norms are widened once.
  void count_weights() {
    const auto count = [&](const TensorView& view) {
      ledger_.add(MemoryClass::kWeights, static_cast<std::int64_t>(view.bytes()));
    };
    const auto widen = [&](const TensorView& view) {
      Floats out(ledger_, MemoryClass::kWeights);
      out.resize(static_cast<std::int64_t>(view.elements()));
      load_weights(view.data, view.type, 0, out.span());
      return out;
    };
    for (const LayerWeights& layer : weights_.layers) {
      for (const TensorView* w : {&layer.input_norm, &layer.q, &layer.k, &layer.v, &layer.o,
                                  &layer.post_norm, &layer.gate, &layer.up, &layer.down}) {
        count(*w);
      }
      norms_.push_back({widen(layer.input_norm), widen(layer.post_norm)});
    }
    count(weights_.embed);
    count(weights_.final_norm);
    if (weights_.lm_head.data != weights_.embed.data) {
      count(weights_.lm_head);
    }
    final_norm_ = widen(weights_.final_norm);
  }

  [[nodiscard]] Buffer<float> activation(std::int64_t count) {
    return {buffers_, MemoryClass::kActivation, count};
  }
  [[nodiscard]] std::int64_t block_rows() const { return std::min(rows_, kRowBlock); }

  // What lives until the next pass begins.
  void prepare_pass(std::span<const TokenPos> positions) {
    release_pass();
    x_ = activation(rows_ * config_.hidden_size);
    if (options_.reindex) {
      index_rope_.resize(store_.longest() + rows_);
    } else {
      rope_.assign(positions);
    }
  }

  void release_pass() {
    for (Buffer<float>* buffer : {&logits_, &x_, &q_, &k_, &v_, &mixed_, &key_norms_}) {
      buffer->release();
    }
    source_.end_layer();
  }

  // out = RMSNorm of rows [begin, begin + count) of x_.
  void normalise(const Floats& weight, std::int64_t begin, std::int64_t count, float* out) {
    const std::int64_t h = config_.hidden_size;
    for_rows(0, count, [&](std::int64_t r) {
      kernels_.rms_norm(x_.data() + (begin + r) * h, weight.data(), epsilon(), h, out + r * h);
    });
  }

  // Rows [begin, begin + count) of x_ += rows of `from` times W.
  void add_product(const TensorView& weight, const float* from, std::int64_t begin,
                   std::int64_t count) {
    const std::int64_t h = config_.hidden_size;
    Buffer<float> product = activation(count * h);
    const std::array<Linear::Output, 1> out{{{&weight, product.data()}}};
    linear_(from, count, weight.cols(), out);
    for_rows(0, count, [&](std::int64_t r) {
      add_row({product.data() + r * h, static_cast<std::size_t>(h)},
              {x_.data() + (begin + r) * h, static_cast<std::size_t>(h)});
    });
  }

  void project_output(std::int32_t layer) {
    const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
    for (std::int64_t begin = 0; begin < rows_; begin += kRowBlock) {
      add_product(w.o, mixed_.data() + begin * config_.q_rows(), begin,
                  std::min(kRowBlock, rows_ - begin));
    }
  }

  void mlp(std::int32_t layer) {
    const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
    const std::int64_t h = config_.hidden_size;
    const std::int64_t f = config_.intermediate_size;
    for (std::int64_t begin = 0; begin < rows_; begin += kRowBlock) {
      const std::int64_t count = std::min(kRowBlock, rows_ - begin);
      Buffer<float> normed = activation(count * h);
      normalise(norms_[static_cast<std::size_t>(layer)].post, begin, count, normed.data());
      Buffer<float> gate = activation(count * f);
      Buffer<float> up = activation(count * f);
      const std::array<Linear::Output, 2> inner{{{&w.gate, gate.data()}, {&w.up, up.data()}}};
      linear_(normed.data(), count, h, inner);
      normed.release();
      for_rows(0, count,
               [&](std::int64_t r) { kernels_.swiglu(gate.data() + r * f, up.data() + r * f, f); });
      up.release();
      add_product(w.down, gate.data(), begin, count);
    }
  }

  // q_, k_, v_ of all rows; q_ and k_ rotated unless the cache is re-indexed.
  void project(std::int32_t layer) {
    const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
    Buffer<float> normed = activation(block_rows() * config_.hidden_size);
    q_ = activation(rows_ * config_.q_rows());
    k_ = activation(rows_ * config_.kv_rows());
    v_ = activation(rows_ * config_.kv_rows());
    for (std::int64_t begin = 0; begin < rows_; begin += kRowBlock) {
      const std::int64_t count = std::min(kRowBlock, rows_ - begin);
      normalise(norms_[static_cast<std::size_t>(layer)].input, begin, count, normed.data());
      const std::array<Linear::Output, 3> out{{{&w.q, q_.data() + begin * config_.q_rows()},
                                               {&w.k, k_.data() + begin * config_.kv_rows()},
                                               {&w.v, v_.data() + begin * config_.kv_rows()}}};
      linear_(normed.data(), count, config_.hidden_size, out);
    }
    normed.release();
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
    for_rows(0, rows_, [&](std::int64_t r) {
      for (std::int32_t head = 0; head < heads; ++head) {
        const std::int64_t kv = r * config_.kv_rows() + head / copies * d;
        const std::int64_t entry = store_.size(layer, head) - rows_ + r;
        store_.put(layer, head, entry, k_.data() + kv, v_.data() + kv);
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

  // Norms of the pass's keys as they lie in the pages of the layer just attended.
  void measure_keys() {
    const std::int32_t heads = store_.heads();
    key_norms_ = Buffer<float>(buffers_, MemoryClass::kWorkspace, heads * rows_);
    for_rows(0, rows_, [&](std::int64_t r) {
      for (std::int32_t head = 0; head < heads; ++head) {
        const std::int64_t entry = store_.size(attention_.layer, head) - rows_ + r;
        key_norms_.data()[head * rows_ + r] = kernels_.length(
            store_.key(attention_.layer, head, entry), store_.type(), config_.head_dim);
      }
    });
  }

  LlamaWeights weights_;
  LlamaConfig config_;
  ModelShape shape_;
  const Kernels& kernels_;
  ThreadPool pool_;
  MemoryLedger ledger_;  // outlives everything that it counts
  BufferPool buffers_;
  Linear linear_;
  RopeTable rope_;        // rows of the pass
  RopeTable index_rope_;  // positions 0, 1, ... of a re-indexed cache
  LiveSource source_;
  KvStore store_;
  CacheOptions options_;
  AttentionObserver* observer_ = nullptr;

  std::vector<Norms> norms_;
  Floats final_norm_;

  std::int64_t rows_ = 0;
  std::int64_t patch_rows_ = 0;
  std::int64_t longest_ = 0;  // of the layer's streams, rounded up to kKeyBlock
  LayerAttention attention_;
  // Of the pass: the residual stream (rows, hidden), and logits (vocab).
  Buffer<float> x_, logits_;
  // Of a layer: (rows, heads, head_dim), twice (rows, kv_heads, head_dim), attention's output
  // (rows, heads, head_dim), and (storage heads, rows).
  Buffer<float> q_, k_, v_, mixed_, key_norms_;
  std::vector<AttentionScratch> scratch_;  // one per thread
};

}  // namespace
}  // namespace cpu

CpuExecution cpu_execution(int threads) {
  return {.threads = threads,
          .row_block = cpu::kRowBlock,
          .tile_queries = cpu::kTileQueries,
          .key_block = cpu::kKeyBlock,
          .kept_scores = cpu::kKeptScores,
          .panel_bytes = cpu::kPanelRows * cpu::kPanelStride * 4};
}

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
