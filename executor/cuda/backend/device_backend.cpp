// Layer by layer for prefill and whatever is observed or asked; whole passes, captured once, for
// decode.
#include "executor/cuda/backend/device_backend.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "executor/cuda/backend/decode_plan.hpp"
#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/backend/device_source.hpp"
#include "executor/cuda/backend/streams.hpp"
#include "executor/cuda/backend/sum_recorder.hpp"
#include "executor/cuda/backend/tile_recorder.hpp"
#include "executor/cuda/kernels/attention.hpp"
#include "executor/cuda/kernels/gemv.hpp"
#include "executor/cuda/kernels/rows.hpp"
#include "executor/cuda/kernels/sampling.hpp"
#include "sim/core/hash.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::int64_t kRowBlock = 8192;  // rows that share the buffers of the MLP
constexpr std::int64_t kMoveBytes = std::int64_t{64} << 20;

class DeviceBackend final : public Backend {
 public:
  DeviceBackend(std::unique_ptr<Device> device, const LlamaConfig& config, const std::string& name)
      : device_(std::move(device)),
        stream_(device_->compute_stream()),
        config_(config),
        shape_(model_shape(config, name)),
        blocks_(*device_),
        host_(*device_),
        buffers_(ledger_, blocks_),
        uploads_(*device_, blocks_, host_),
        streams_(ledger_, blocks_),
        source_(*device_, blocks_, host_, buffers_, uploads_),
        recorder_(*device_, host_, buffers_),
        sum_recorder_(*device_, host_, buffers_, uploads_),
        begin_(device_->make_event()),
        end_(device_->make_event()) {}

  ~DeviceBackend() override {
    (void)device_->synchronize(stream_);
    drop_graph();
    device_->destroy(begin_);
    device_->destroy(end_);
  }
  DeviceBackend(const DeviceBackend&) = delete;
  DeviceBackend& operator=(const DeviceBackend&) = delete;

  Status load(const LlamaWeights& weights, const UploadProgress& progress) {
    KVFOOT_ASSIGN(weights_, upload_weights(*device_, blocks_, weights, progress));
    ledger_.add(MemoryClass::kWeights, weights_.bytes);
    std::vector<float> frequency;
    for (const double f : rope_inverse_frequencies(config_)) {
      frequency.push_back(static_cast<float>(f));
    }
    try {
      frequency_ = Array<float>(blocks_, static_cast<std::int64_t>(frequency.size()));
    } catch (const std::bad_alloc&) {
      return no_memory("the weights");
    }
    device_->copy_in(frequency_.data(), frequency.data(), frequency_.bytes(), stream_);
    KVFOOT_TRY(device_->synchronize(stream_));
    return reset(CacheOptions{});
  }

  const ModelShape& shape() const override { return shape_; }
  std::string_view device() const override { return "cuda"; }

  Status reset(const CacheOptions& options) override {
    if (options.block < 1) {
      return Error{"CUDA device", "a page of " + std::to_string(options.block) + " entries",
                   "use at least 1"};
    }
    KVFOOT_TRY(device_->synchronize(stream_));
    uploads_.reset();
    drop_graph();
    release_rows();
    evicts_ = false;
    recorder_.reset();
    sum_recorder_.reset();
    plan_.reset();
    rotated_ = {};
    options_ = options;
    try {
      streams_.reset(shape_.layers, shape_.q_heads / group(), shape_.head_dim, options.block,
                     options.dtype);
    } catch (const std::bad_alloc&) {
      return no_memory("the cache");
    }
    source_.reset(shape_.layers, options.needs);
    return {};
  }

  Status begin_pass(std::span<const std::int32_t> tokens, std::span<const TokenPos> positions,
                    std::int64_t patch_rows) override {
    KVFOOT_CHECK(!tokens.empty() && tokens.size() == positions.size(), "rows of a pass");
    KVFOOT_CHECK(patch_rows >= 0 && patch_rows <= static_cast<std::int64_t>(tokens.size()),
                 "patch rows of a pass");
    for (const std::int32_t token : tokens) {
      if (token < 0 || token >= config_.vocab_size) {
        return Error{"CUDA device", "token " + std::to_string(token) + " is outside the vocabulary",
                     "the model has " + std::to_string(config_.vocab_size) +
                         " tokens; is this its tokenizer?"};
      }
    }
    if (running_) {  // the pass before was given up
      KVFOOT_TRY(settle());
    }
    const auto rows = static_cast<std::int64_t>(tokens.size());
    if (rows != rows_) {
      release_rows();
    }
    rows_ = rows;
    patch_rows_ = patch_rows;
    const bool asked = options_.needs.in_decode || options_.needs.accumulated;
    // One row reads entries in any order; whoever asks wants them in order.
    rings_ = rows == 1 && patch_rows == 0 && !asked && !options_.reindex;
    // Nothing of a decode pass has to be known before all of it is enqueued, unless somebody asks.
    // Where entries leave in every pass, deciding takes its time: layer by layer, while the device
    // is busy with the layers before.
    planned_ = rows == 1 && patch_rows == 0 && !asked && observer_ == nullptr && !evicts_;
    evicts_ = false;
    running_ = true;
    buffers_.begin_pass();
    try {
      prepare(tokens, positions);
    } catch (const std::bad_alloc&) {
      return no_memory("the activations of a pass");
    }
    return {};
  }

  Status attend(std::int32_t layer) override {
    KVFOOT_CHECK(running_ && layer >= 0 && layer < shape_.layers, "layer of a pass");
    layer_ = layer;
    try {
      streams_.grow(layer, rows_, changes_);
      if (planned_) {
        plan_->set_entries(layer, streams_.sizes(layer));
        planned_longest_ = std::max(planned_longest_, streams_.longest(layer));
        return {};
      }
      return attend_now(layer);
    } catch (const std::bad_alloc&) {
      return no_memory("the cache or the attention scores");
    }
  }

  AttentionSource& attention() override { return source_; }

  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) override {
    streams_.retain(layer, head, kept, rings_, runs_[static_cast<std::size_t>(layer)]);
  }

  Status feed_forward(std::int32_t layer) override {
    if (planned_) {
      return {};
    }
    try {
      source_.end_layer();
      move_entries(layer, uploaded_entries_);
      norms_.clear();
      finish_layer(layer);
    } catch (const std::bad_alloc&) {
      return no_memory("the activations of a layer");
    }
    return {};
  }

  Result<std::optional<std::int64_t>> end_pass() override {
    KVFOOT_CHECK(running_, "a pass that has not begun");
    if (planned_) {
      try {
        KVFOOT_TRY(run_plan());
      } catch (const std::bad_alloc&) {
        return no_memory("the activations of a pass");
      }
    }
    recorder_.end_pass();
    sum_recorder_.end_pass();
    device_->record(end_, stream_);
    KVFOOT_TRY(settle());
    KVFOOT_ASSIGN(const std::int64_t ns, device_->elapsed_ns(begin_, end_));
    return std::optional<std::int64_t>(ns);
  }

  Result<std::span<const float>> logits(std::int64_t row) override {
    try {
      enqueue_logits(row);
      if (host_logits_.size() == 0) {
        host_logits_ = Array<float>(host_, config_.vocab_size);
      }
    } catch (const std::bad_alloc&) {
      return no_memory("the logits");
    }
    device_->copy_out(host_logits_.data(), logits_.data(), host_logits_.bytes(), stream_);
    KVFOOT_TRY(device_->synchronize(stream_));
    return std::span<const float>(host_logits_.data(),
                                  static_cast<std::size_t>(config_.vocab_size));
  }

  Result<std::int32_t> sample(std::int64_t row, const SamplingOptions& options,
                              std::uint64_t index) override {
    try {
      enqueue_logits(row);
      if (host_token_.size() == 0) {
        host_token_ = Array<std::int32_t>(host_, 1);
        token_ = Array<std::int32_t>(blocks_, 1);
      }
      enqueue_sample(options, index);
    } catch (const std::bad_alloc&) {
      return no_memory("the logits");
    }
    device_->copy_out(host_token_.data(), token_.data(), host_token_.bytes(), stream_);
    KVFOOT_TRY(device_->synchronize(stream_));
    return host_token_[0];
  }

  std::span<const float> key_norms(std::int32_t head) override {
    KVFOOT_CHECK(!planned_, "key norms of a pass that nobody observes");
    if (norms_.empty()) {
      measure_keys();
    }
    return std::span(norms_).subspan(static_cast<std::size_t>(head * rows_),
                                     static_cast<std::size_t>(rows_));
  }

  void observe(AttentionObserver* observer) override { observer_ = observer; }

  MemoryCounters counters() const override {
    const auto page = static_cast<std::int64_t>(streams_.pool().page_bytes());
    MemoryCounters counters;
    counters.kv_pages = streams_.pool().pages();
    counters.kv_bytes = counters.kv_pages * page;
    counters.kv_peak_bytes = streams_.pool().peak_pages() * page;
    counters.held = ledger_.held();
    counters.peak = ledger_.peak();
    counters.at_peak = ledger_.at_peak();
    counters.reserved_bytes = blocks_.taken();
    return counters;
  }

  std::int64_t device_used_bytes() const override {
    const DeviceMemory memory = device_->memory();
    return memory.total_bytes - memory.free_bytes;
  }

  void reset_peak() override {
    streams_.reset_peak();
    ledger_.reset_peak();
  }

 private:
  // Work of one pass that can be launched again while nothing but the plan changes.
  struct Captured {
    Graph graph = nullptr;
    std::int32_t splits = 0;
    std::byte** table = nullptr;
  };
  // A layer's cache with keys rotated at their index (StreamingLLM).
  struct Rotated {
    std::int64_t longest = 0;  // that the arrays have room for
    Array<float> cosine, sine;
    Array<std::byte> pages;
    Array<std::byte*> table;
    std::int64_t stride = 0;
  };

  [[nodiscard]] std::int32_t group() const {  // query heads per storage head
    return options_.storage == Storage::kKvHeads ? shape_.group() : 1;
  }
  [[nodiscard]] float epsilon() const { return static_cast<float>(config_.rms_norm_eps); }
  [[nodiscard]] std::int64_t width() const {  // bytes of a scalar of the compute type
    return scalar_bytes(weights_.type);
  }
  [[nodiscard]] std::int64_t qkv_rows() const { return config_.q_rows() + 2 * config_.kv_rows(); }

  [[nodiscard]] Error no_memory(const char* what) const {
    return {"CUDA device",
            "not enough memory on the card for " + std::string(what) + " (" +
                format_bytes(blocks_.refused()) + " more were asked for, " +
                format_bytes(device_->memory().free_bytes) + " are free)",
            "use a smaller chunk, a shorter prompt or a smaller budget; kvfoot fit says what fits",
            ErrorKind::kEnvironment};
  }

  template <class T>
  [[nodiscard]] Buffer<T> activation(std::int64_t count) {
    return {buffers_, MemoryClass::kActivation, count};
  }
  [[nodiscard]] Buffer<std::byte> scalars(std::int64_t count) {  // of the compute type
    return activation<std::byte>(count * width());
  }

  // Everything that was enqueued is done; what was sent along with it is forgotten.
  Status settle() {
    running_ = false;
    Status done = device_->synchronize(stream_);
    uploads_.reset();
    return done;
  }

  void release_rows() {
    drop_graph();
    for (Buffer<float>* buffer : {&x_, &log_sum_exp_, &partial_, &cosine_, &sine_, &logits_}) {
      buffer->release();
    }
    for (Buffer<std::byte>* buffer : {&q_, &mixed_, &qkv_, &inner_}) {
      buffer->release();
    }
    rows_ = 0;
  }

  void drop_graph() {
    if (captured_.graph != nullptr) {
      device_->destroy(captured_.graph);
      captured_ = {};
    }
  }

  void prepare(std::span<const std::int32_t> tokens, std::span<const TokenPos> positions) {
    runs_.resize(static_cast<std::size_t>(shape_.layers));
    for (auto& runs : runs_) {
      runs.clear();
    }
    changes_ = {};
    planned_longest_ = 0;
    norms_.clear();
    const std::int64_t half = shape_.head_dim / 2;
    if (x_.size() == 0) {
      x_ = activation<float>(rows_ * config_.hidden_size);
      q_ = activation<std::byte>(rows_ * config_.q_rows() * scalar_bytes(options_.dtype));
      mixed_ = scalars(rows_ * config_.q_rows());
      cosine_ = activation<float>(rows_ * half);
      sine_ = activation<float>(rows_ * half);
      if (rows_ == 1) {
        qkv_ = scalars(qkv_rows());
        inner_ = scalars(config_.intermediate_size);
      }
    }
    if ((source_.accumulates() || wanted_sums() != nullptr) && log_sum_exp_.size() == 0) {
      log_sum_exp_ = {buffers_, MemoryClass::kWorkspace, shape_.q_heads * rows_};
    }
    streams_.fit_table(streams_.longest() + rows_, changes_);
    apply_changes();
    if (options_.reindex) {
      fit_rotated(streams_.longest() + rows_);
    }
    if (!rings_ && !streams_.straight()) {
      straighten();
    }
    const auto first = static_cast<std::int32_t>(positions.front());
    if (planned_) {
      if (!plan_) {
        plan_ = std::make_unique<DecodePlan>(
            *device_, blocks_, host_, static_cast<std::int64_t>(shape_.layers) * streams_.heads());
      }
      plan_->set_token(tokens.front(), first);
      return;
    }
    device_->record(begin_, stream_);
    std::vector<std::int32_t> at;
    for (const TokenPos position : positions) {
      at.push_back(static_cast<std::int32_t>(position));
    }
    const std::int32_t* const ids = uploads_.send(tokens);
    const std::int32_t* const places = uploads_.send(std::span<const std::int32_t>(at));
    uploads_.flush();
    enqueue_inputs(ids, places);
  }

  void enqueue_inputs(const std::int32_t* tokens, const std::int32_t* positions) {
    launch_embed({.tokens = tokens,
                  .table = weights_.embed.data(),
                  .type = weights_.type,
                  .rows = rows_,
                  .hidden = config_.hidden_size,
                  .x = x_.data()},
                 stream_);
    if (!options_.reindex) {
      launch_rope_table({.positions = positions,
                         .frequency = frequency_.data(),
                         .rows = rows_,
                         .half = shape_.head_dim / 2,
                         .cosine = cosine_.data(),
                         .sine = sine_.data()},
                        stream_);
    }
  }

  void apply_changes() {
    if (changes_.where.empty()) {
      return;
    }
    const auto count = static_cast<std::int32_t>(changes_.where.size());
    TableUpdate update;
    update.table = streams_.table();
    update.where = uploads_.send(std::span<const std::int64_t>(changes_.where));
    update.what = uploads_.send(std::span<std::byte* const>(changes_.what));
    update.count = uploads_.send(std::span<const std::int32_t>(&count, 1));
    update.capacity = count;
    uploads_.flush();
    launch_table_update(update, stream_);
    changes_ = {};
  }

  Status attend_now(std::int32_t layer) {
    uploaded_entries_ = uploads_.send(streams_.sizes(layer));
    apply_changes();
    uploads_.flush();
    enqueue_projection(layer);
    const LayerPages cache = enqueue_append(layer, uploaded_entries_);
    qkv_if_many_.release();
    enqueue_attention(cache, streams_.longest(layer));
    MassInput input;
    input.cache = cache;
    input.q = q_.data();
    input.rows = rows_;
    input.q_heads = shape_.q_heads;
    input.scale = scale();
    input.longest = streams_.longest(layer);
    entries_of_layer_.assign(streams_.sizes(layer).begin(), streams_.sizes(layer).end());
    source_.begin_layer({.layer = layer,
                         .input = input,
                         .entries = entries_of_layer_,
                         .patch_rows = patch_rows_,
                         .log_sum_exp = log_sum_exp_.data()});
    return observer_ == nullptr ? Status{} : observe_layer(layer, input);
  }

  // Sums instead of rows, if the observer makes do with those that the kernels have.
  [[nodiscard]] const AttentionSums* wanted_sums() const {
    const AttentionSums* sums = observer_ == nullptr ? nullptr : observer_->sums();
    return sums != nullptr && SumRecorder::can(*sums) ? sums : nullptr;
  }

  Status observe_layer(std::int32_t layer, const MassInput& input) {
    const std::span<const Ring> rings = streams_.rings(layer);
    const AttentionSums* sums = wanted_sums();
    if (sums != nullptr && std::ranges::all_of(rings, [](const Ring& r) { return r.turn == 0; })) {
      return sum_recorder_.record(layer, input, log_sum_exp_.data(), entries_of_layer_, *sums,
                                  *observer_);
    }
    return recorder_.record(layer, input, entries_of_layer_, rings, *observer_);
  }

  [[nodiscard]] float scale() const {
    return 1.0F / std::sqrt(static_cast<float>(shape_.head_dim));
  }

  // y (rows, n) = x (rows, k) W^T, rows [begin, begin + count).
  void product(const void* x, std::int64_t k, const void* w, std::int64_t n, void* y, DType y_type,
               std::int64_t count, bool accumulate) {
    Gemm gemm;
    gemm.type = weights_.type;
    gemm.x = x;
    gemm.w = w;
    gemm.y = y;
    gemm.y_type = y_type;
    gemm.m = count;
    gemm.n = n;
    gemm.k = k;
    gemm.accumulate = accumulate;
    device_->gemm(gemm, stream_);
  }

  void normalise(const float* x, const Array<float>& weight, std::int64_t count, void* out) {
    launch_rms_norm({.x = x,
                     .weight = weight.data(),
                     .epsilon = epsilon(),
                     .rows = count,
                     .hidden = config_.hidden_size,
                     .out = out,
                     .type = weights_.type},
                    stream_);
  }

  // One row times a matrix. `norm`: x is the residual stream and is normalised first.
  void vector_product(const void* x, const float* norm, std::int64_t k, const void* w,
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
    gemv.multiprocessors = device_->info().multiprocessors;
    launch_gemv(gemv, stream_);
  }

  void enqueue_projection(std::int32_t layer) {
    const DeviceLayer& w = weights_.layers[static_cast<std::size_t>(layer)];
    const std::int64_t h = config_.hidden_size;
    if (rows_ == 1) {
      vector_product(x_.data(), w.input_norm.data(), h, w.qkv.data(), qkv_rows(),
                     Gemv::Finish::kStore, qkv_.data(), weights_.type);
      return;
    }
    const Buffer<std::byte> normed = normed_rows(w.input_norm);
    qkv_if_many_ = scalars(rows_ * qkv_rows());
    product(normed.data(), h, w.qkv.data(), qkv_rows(), qkv_if_many_.data(), weights_.type, rows_,
            false);
  }

  [[nodiscard]] Buffer<std::byte> normed_rows(const Array<float>& weight) {
    Buffer<std::byte> normed = scalars(rows_ * config_.hidden_size);
    normalise(x_.data(), weight, rows_, normed.data());
    return normed;
  }

  // The cache as attention reads it.
  LayerPages enqueue_append(std::int32_t layer, const std::int32_t* entries) {
    const LayerPages cache = streams_.view(layer, entries);
    AppendArgs append;
    append.qkv = rows_ == 1 ? qkv_.data() : qkv_if_many_.data();
    append.type = weights_.type;
    append.cosine = options_.reindex ? nullptr : cosine_.data();
    append.sine = options_.reindex ? nullptr : sine_.data();
    append.rows = rows_;
    append.q_heads = shape_.q_heads;
    append.kv_heads = shape_.kv_heads;
    append.q = q_.data();
    append.cache = cache;
    launch_append(append, stream_);
    return options_.reindex ? enqueue_rotation(cache, streams_.longest(layer)) : cache;
  }

  LayerPages enqueue_rotation(const LayerPages& cache, std::int64_t longest) {
    LayerPages rotated = cache;
    rotated.pages = rotated_.table.data();
    rotated.stride = rotated_.stride;
    launch_rotate_pages({.from = cache,
                         .to = rotated,
                         .cosine = rotated_.cosine.data(),
                         .sine = rotated_.sine.data(),
                         .longest = longest},
                        stream_);
    launch_rotate_queries({.q = q_.data(),
                           .rows = rows_,
                           .q_heads = shape_.q_heads,
                           .cosine = rotated_.cosine.data(),
                           .sine = rotated_.sine.data(),
                           .cache = cache},
                          stream_);
    return rotated;
  }

  // Room for streams of `longest` entries with rotated keys, and the angles of their indices.
  void fit_rotated(std::int64_t longest) {
    if (longest <= rotated_.longest) {
      return;
    }
    const std::int64_t half = shape_.head_dim / 2;
    const std::int64_t block = options_.block;
    Rotated next;
    next.longest = std::max(2 * rotated_.longest, longest);
    next.stride = (next.longest + block - 1) / block;
    next.cosine = Array<float>(blocks_, next.longest * half);
    next.sine = Array<float>(blocks_, next.longest * half);
    const std::int64_t pages = next.stride * streams_.heads();
    const std::int64_t page = block * streams_.entry_bytes();
    next.pages = Array<std::byte>(blocks_, pages * page);
    next.table = Array<std::byte*>(blocks_, pages);
    device_->fill(next.pages.data(), 0, next.pages.bytes(), stream_);
    std::vector<std::byte*> table;
    for (std::int64_t i = 0; i < pages; ++i) {
      table.push_back(next.pages.data() + i * page);
    }
    std::byte* const* const sent = uploads_.send(std::span<std::byte* const>(table));
    uploads_.flush();
    device_->copy(next.table.data(), sent, next.table.bytes(), stream_);
    launch_rope_table({.positions = nullptr,
                       .frequency = frequency_.data(),
                       .rows = next.longest,
                       .half = half,
                       .cosine = next.cosine.data(),
                       .sine = next.sine.data()},
                      stream_);
    rotated_ = std::move(next);
  }

  [[nodiscard]] std::int32_t splits_for(std::int64_t longest) const {
    // Powers of two, so that the launches of a growing stream seldom change.
    const auto bucket =
        std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(longest, 64)));
    return decode_splits(static_cast<std::int64_t>(bucket), streams_.heads(),
                         device_->info().multiprocessors);
  }

  void enqueue_attention(const LayerPages& cache, std::int64_t longest) {
    AttentionArgs attention;
    attention.cache = cache;
    attention.q = q_.data();
    attention.rows = rows_;
    attention.q_heads = shape_.q_heads;
    attention.scale = scale();
    attention.out = mixed_.data();
    attention.out_type = weights_.type;
    attention.log_sum_exp = log_sum_exp_.size() == 0 ? nullptr : log_sum_exp_.data();
    if (rows_ > 1) {
      launch_prefill_attention(attention, stream_);
      return;
    }
    const std::int32_t splits = splits_for(longest);
    const std::int64_t floats = decode_partial_floats(shape_.q_heads, shape_.head_dim, splits);
    if (partial_.size() < floats) {
      drop_graph();
      partial_.release();
      partial_ = {buffers_, MemoryClass::kWorkspace, floats};
    }
    launch_decode_attention({.attention = attention, .splits = splits, .partial = partial_.data()},
                            stream_);
  }

  // Output projection and MLP.
  void finish_layer(std::int32_t layer) {
    const DeviceLayer& w = weights_.layers[static_cast<std::size_t>(layer)];
    const std::int64_t h = config_.hidden_size;
    const std::int64_t f = config_.intermediate_size;
    if (rows_ == 1) {
      vector_product(mixed_.data(), nullptr, config_.q_rows(), w.o.data(), h, Gemv::Finish::kAdd,
                     x_.data(), DType::kF32);
      vector_product(x_.data(), w.post_norm.data(), h, w.gate_up.data(), 2 * f,
                     Gemv::Finish::kSwiglu, inner_.data(), weights_.type);
      vector_product(inner_.data(), nullptr, f, w.down.data(), h, Gemv::Finish::kAdd, x_.data(),
                     DType::kF32);
      return;
    }
    product(mixed_.data(), config_.q_rows(), w.o.data(), h, x_.data(), DType::kF32, rows_, true);
    const std::int64_t block = std::min(rows_, kRowBlock);
    const Buffer<std::byte> normed = scalars(block * h);
    Buffer<std::byte> gate_up = scalars(block * 2 * f);
    Buffer<std::byte> inner = scalars(block * f);
    for (std::int64_t begin = 0; begin < rows_; begin += block) {
      const std::int64_t count = std::min(block, rows_ - begin);
      float* const x = x_.data() + begin * h;
      normalise(x, w.post_norm, count, const_cast<std::byte*>(normed.data()));
      product(normed.data(), h, w.gate_up.data(), 2 * f, gate_up.data(), weights_.type, count,
              false);
      launch_swiglu({.gate_up = gate_up.data(),
                     .type = weights_.type,
                     .rows = count,
                     .ffn = f,
                     .out = inner.data()},
                    stream_);
      product(inner.data(), f, w.down.data(), h, x, DType::kF32, count, true);
    }
  }

  // Survivors of the layer move down; their pages were given back when it was decided.
  void move_entries(std::int32_t layer, const std::int32_t* entries) {
    auto& runs = runs_[static_cast<std::size_t>(layer)];
    if (runs.empty()) {
      return;
    }
    evicts_ = rows_ == 1;
    move_runs(layer, entries,
              rings_ ? kTogether : std::max<std::int64_t>(1, kMoveBytes / streams_.entry_bytes()));
  }

  void move_runs(std::int32_t layer, const std::int32_t* entries, std::int64_t most) {
    auto& runs = runs_[static_cast<std::size_t>(layer)];
    for (const std::vector<EntryRun>& batch : batches_of(runs, most)) {
      MoveEntries move;
      move.cache = streams_.view(layer, entries);
      move.runs = uploads_.send(std::span<const EntryRun>(batch));
      move.count = static_cast<std::int32_t>(batch.size());
      move.moved = moved_entries(batch);
      const Buffer<std::byte> scratch(buffers_, MemoryClass::kWorkspace,
                                      move.moved * streams_.entry_bytes());
      move.scratch = const_cast<std::byte*>(scratch.data());
      uploads_.flush();
      launch_gather_entries(move, stream_);
      launch_scatter_entries(move, stream_);
    }
    runs.clear();
  }

  // Entries of all streams lie in order again.
  void straighten() {
    for (std::int32_t layer = 0; layer < shape_.layers; ++layer) {
      auto& runs = runs_[static_cast<std::size_t>(layer)];
      streams_.straighten(layer, runs);
      move_runs(layer, nullptr, kTogether);
    }
  }

  void enqueue_planned(bool moves) {
    plan_->enqueue_copy(stream_);
    launch_table_update(plan_->table_update(streams_.table()), stream_);
    enqueue_inputs(plan_->token(), plan_->position());
    for (std::int32_t layer = 0; layer < shape_.layers; ++layer) {
      const std::int32_t* entries = plan_->entries(layer, streams_.heads());
      enqueue_projection(layer);
      const LayerPages cache = enqueue_append(layer, entries);
      enqueue_attention(cache, planned_longest_);
      if (moves) {
        move_entries(layer, entries);
      }
      finish_layer(layer);
    }
  }

  Status run_plan() {
    plan_->set_changes(changes_);
    changes_ = {};
    const bool moves = std::ranges::any_of(runs_, [](const auto& runs) { return !runs.empty(); });
    if (moves || options_.reindex) {
      device_->record(begin_, stream_);
      enqueue_planned(moves);
      return {};
    }
    const std::int32_t splits = splits_for(planned_longest_);
    if (captured_.graph == nullptr || captured_.splits != splits ||
        captured_.table != streams_.table()) {
      drop_graph();
      const std::int64_t floats = decode_partial_floats(shape_.q_heads, shape_.head_dim, splits);
      if (partial_.size() < floats) {  // nothing is taken while work is captured
        partial_.release();
        partial_ = {buffers_, MemoryClass::kWorkspace, floats};
      }
      KVFOOT_TRY(device_->begin_capture(stream_));
      enqueue_planned(false);
      KVFOOT_ASSIGN(captured_.graph, device_->end_capture(stream_));
      captured_.splits = splits;
      captured_.table = streams_.table();
    }
    device_->record(begin_, stream_);
    device_->launch(captured_.graph, stream_);
    return {};
  }

  void enqueue_logits(std::int64_t row) {
    KVFOOT_CHECK(row >= 0 && row < rows_, "row of a pass");
    if (logits_.size() == 0) {
      logits_ = {buffers_, MemoryClass::kLogits, config_.vocab_size};
    }
    vector_product(x_.data() + row * config_.hidden_size, weights_.final_norm.data(),
                   config_.hidden_size, weights_.lm_head(), config_.vocab_size,
                   Gemv::Finish::kStore, logits_.data(), DType::kF32);
  }

  void enqueue_sample(const SamplingOptions& options, std::uint64_t index) {
    if (options.greedy()) {
      const Buffer<std::byte> scratch = sample_scratch(argmax_scratch_bytes(config_.vocab_size));
      launch_argmax({.logits = logits_.data(),
                     .vocab = config_.vocab_size,
                     .token = token_.data(),
                     .scratch = const_cast<std::byte*>(scratch.data())},
                    stream_);
      return;
    }
    const Buffer<std::byte> scratch = sample_scratch(sample_scratch_bytes(config_.vocab_size));
    SampleArgs sample;
    sample.logits = logits_.data();
    sample.vocab = config_.vocab_size;
    sample.temperature = options.temperature;
    sample.top_k = options.top_k;
    sample.top_p = options.top_p;
    sample.uniform = unit_interval(hash_words(options.seed, index));
    sample.token = token_.data();
    sample.scratch = const_cast<std::byte*>(scratch.data());
    launch_sample(sample, stream_);
  }
  [[nodiscard]] Buffer<std::byte> sample_scratch(std::size_t bytes) {
    return {buffers_, MemoryClass::kLogits, static_cast<std::int64_t>(bytes)};
  }

  // Norms of the pass's keys as they lie in the pages of the layer just attended.
  void measure_keys() {
    const std::int64_t count = streams_.heads() * rows_;
    norms_.assign(static_cast<std::size_t>(count), 0.0F);
    Buffer<float> norms(buffers_, MemoryClass::kWorkspace, count);
    launch_key_norms({.cache = streams_.view(layer_, uploaded_entries_),
                      .last = rows_,
                      .longest = rows_,
                      .norms = norms.data(),
                      .stride = rows_},
                     stream_);
    device_->copy_out(norms_.data(), norms.data(), norms_.size() * sizeof(float), stream_);
    (void)device_->synchronize(stream_);  // an error shows when the pass ends
  }

  std::unique_ptr<Device> device_;  // outlives all that was taken from it
  Stream stream_;
  LlamaConfig config_;
  ModelShape shape_;
  CacheOptions options_;
  AttentionObserver* observer_ = nullptr;

  MemoryLedger ledger_;
  DeviceBlocks blocks_;
  HostBlocks host_;
  BufferPool buffers_;
  Uploads uploads_;
  DeviceWeights weights_;
  Array<float> frequency_;  // (head_dim / 2)
  Streams streams_;
  DeviceSource source_;
  TileRecorder recorder_;
  SumRecorder sum_recorder_;
  Event begin_;
  Event end_;

  // Of the pass.
  bool running_ = false;
  bool planned_ = false;
  bool rings_ = false;   // streams need not lie in order
  bool evicts_ = false;  // entries moved in a pass of one row
  std::int32_t layer_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t patch_rows_ = 0;
  Buffer<float> x_;                // (rows, h): the residual stream
  Buffer<std::byte> q_;            // (rows, q_heads, head_dim) of the cache's type
  Buffer<std::byte> mixed_;        // (rows, q_heads, head_dim)
  Buffer<float> cosine_, sine_;    // (rows, head_dim / 2)
  Buffer<float> log_sum_exp_;      // (q_heads, rows), if somebody sums masses
  Buffer<std::byte> qkv_if_many_;  // (rows, qkv_rows) of the layer
  Buffer<std::byte> qkv_, inner_;  // of a single row: (qkv_rows), (f)
  Buffer<float> partial_;          // of split attention
  Buffer<float> logits_;           // (vocab)
  TableChanges changes_;
  std::vector<std::vector<EntryRun>> runs_;  // (layers): entries that move
  std::vector<std::int32_t> entries_of_layer_;
  const std::int32_t* uploaded_entries_ = nullptr;  // of the layer, on the device
  std::vector<float> norms_;                        // (heads, rows)

  std::unique_ptr<DecodePlan> plan_;
  std::int64_t planned_longest_ = 0;  // entries of the longest stream while it is attended
  Captured captured_;
  Rotated rotated_;

  Array<float> host_logits_;
  Array<std::int32_t> token_, host_token_;
};

}  // namespace

Result<std::unique_ptr<Backend>> make_device_backend(std::unique_ptr<Device> device,
                                                     const LlamaWeights& weights,
                                                     const std::string& name,
                                                     const DeviceBackendOptions& options) {
  const LlamaConfig& config = weights.config;
  if (const char* why = attention_unsupported(static_cast<std::int32_t>(config.head_dim),
                                              static_cast<std::int32_t>(config.group()))) {
    return Error{"CUDA device",
                 "has no attention kernel for head_dim " + std::to_string(config.head_dim) +
                     " with " + std::to_string(config.group()) + " query heads per KV head: " + why,
                 "use --device cpu", ErrorKind::kEnvironment};
  }
  auto backend = std::make_unique<DeviceBackend>(std::move(device), config, name);
  KVFOOT_TRY(backend->load(weights, options.on_progress));
  return std::unique_ptr<Backend>(std::move(backend));
}

}  // namespace kvfoot::cuda
