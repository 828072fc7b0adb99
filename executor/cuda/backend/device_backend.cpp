// Layer by layer for prefill and whatever is observed or asked; whole passes, captured once, for
// decode.
#include "executor/cuda/backend/device_backend.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "executor/cuda/backend/cache_moves.hpp"
#include "executor/cuda/backend/captured_decode.hpp"
#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/backend/device_source.hpp"
#include "executor/cuda/backend/forward.hpp"
#include "executor/cuda/backend/layer_work.hpp"
#include "executor/cuda/backend/observation.hpp"
#include "executor/cuda/backend/rotated_cache.hpp"
#include "executor/cuda/backend/streams.hpp"
#include "executor/cuda/backend/token_picker.hpp"
#include "executor/cuda/kernels/attention.hpp"
#include "executor/model/pass_rows.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::cuda {
namespace {

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
        work_(*device_, config_, weights_, buffers_),
        picker_(*device_, blocks_, host_, buffers_, config_.vocab_size),
        rotated_(*device_, buffers_, uploads_),
        streams_(ledger_, blocks_),
        moves_(*device_, buffers_, uploads_, streams_),
        forward_(work_, rotated_, streams_),
        decode_(*device_, blocks_, host_, forward_, streams_, moves_),
        source_(*device_, blocks_, host_, buffers_, uploads_),
        observation_(*device_, host_, buffers_, uploads_),
        begin_(device_->make_event()),
        end_(device_->make_event()) {
    blocks_.when_short([this] { return buffers_.drop_waiting(); });
    source_.before_waiting([this] {
      if (rows_ == 1) {  // many rows take memory, which evicting may have to give back first
        finish_layer();
      }
    });
  }

  ~DeviceBackend() override {
    (void)device_->synchronize(stream_);
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
    decode_.reset();
    work_.release();
    picker_.release();
    rows_ = 0;
    observation_.reset();
    forward_.reset(options.reindex, frequency_.data());
    options_ = options;
    try {
      streams_.reset(shape_.layers, shape_.q_heads / group(), shape_.head_dim, options.block,
                     options.dtype, options.most_entries);
    } catch (const std::bad_alloc&) {
      return no_memory("the cache");
    }
    source_.reset(shape_.layers, options.needs, options.most_entries);
    buffers_.drop_waiting();
    return {};
  }

  Status begin_pass(std::span<const std::int32_t> tokens, std::span<const TokenPos> positions,
                    std::int64_t patch_rows) override {
    KVFOOT_TRY(check_pass_rows("CUDA device", tokens, positions, patch_rows, config_.vocab_size));
    if (running_) {  // the pass before was given up
      KVFOOT_TRY(settle());
    }
    const auto rows = static_cast<std::int64_t>(tokens.size());
    const bool shifted = rows_ == 1 && moves_.shifted();  // in the pass before
    if (rows != rows_) {
      decode_.drop_graphs();
      picker_.release();
    }
    rows_ = rows;
    patch_rows_ = patch_rows;
    const AttentionNeeds& needs = options_.needs;
    const bool prefill = positions.front() < options_.prefill_rows;
    const bool asked = needs.accumulated || (prefill ? needs.in_prefill : needs.in_decode);
    // One row reads entries in any order; whoever asks wants them in order.
    rings_ = rows == 1 && patch_rows == 0 && !asked && !options_.reindex;
    // Nothing of a decode pass has to be known before it is enqueued, unless somebody asks. What
    // moves by more than a slide takes launches of its own in every pass: layer by layer then.
    planned_ = rows == 1 && patch_rows == 0 && !asked && !observation_.on() && !shifted;
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
        decode_.attend(layer);
        return {};
      }
      return attend_now(layer);
    } catch (const std::bad_alloc&) {
      return no_memory("the cache or the attention scores");
    }
  }

  AttentionSource& attention() override { return source_; }

  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) override {
    moves_.retain(layer, head, kept);
  }

  Status feed_forward(std::int32_t layer) override {
    try {
      if (planned_) {
        return decode_.feed_forward(layer, changes_, begin_);
      }
      source_.end_layer();
      moves_.enqueue(layer);
      observation_.forget_norms();
      finish_layer();
    } catch (const std::bad_alloc&) {
      return no_memory("the activations of a layer");
    }
    return {};
  }

  Result<std::optional<std::int64_t>> end_pass() override {
    KVFOOT_CHECK(running_, "a pass that has not begun");
    observation_.end_pass();
    device_->record(end_, stream_);
    KVFOOT_TRY(settle());
    KVFOOT_ASSIGN(const std::int64_t ns, device_->elapsed_ns(begin_, end_));
    return std::optional<std::int64_t>(ns);
  }

  Result<std::span<const float>> logits(std::int64_t row) override {
    try {
      enqueue_logits(row);
      return picker_.read();
    } catch (const std::bad_alloc&) {
      return no_memory("the logits");
    }
  }

  Result<std::int32_t> sample(std::int64_t row, const SamplingOptions& options,
                              std::uint64_t index) override {
    try {
      enqueue_logits(row);
      return picker_.pick(options, index);
    } catch (const std::bad_alloc&) {
      return no_memory("the logits");
    }
  }

  std::span<const float> key_norms(std::int32_t head) override {
    KVFOOT_CHECK(!planned_, "key norms of a pass that nobody observes");
    return observation_.key_norms(streams_.view(layer_, uploaded_entries_), rows_, head);
  }

  void observe(AttentionObserver* observer) override { observation_.observe(observer); }

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
  [[nodiscard]] std::int32_t group() const {  // query heads per storage head
    return options_.storage == Storage::kKvHeads ? shape_.group() : 1;
  }
  [[nodiscard]] Error no_memory(const char* what) {
    return cuda::no_memory(
        blocks_, host_, what,
        "use a smaller chunk, a shorter prompt or a smaller budget; kvfoot fit says what fits");
  }

  // Everything that was enqueued is done; what was sent along with it is forgotten.
  Status settle() {
    running_ = false;
    Status done = device_->synchronize(stream_);
    uploads_.reset();
    return done;
  }

  void prepare(std::span<const std::int32_t> tokens, std::span<const TokenPos> positions) {
    moves_.begin_pass(rings_);
    changes_ = {};
    observation_.forget_norms();
    work_.take(rows_, options_.dtype);
    if (source_.accumulates() || observation_.needs_log_sum_exp()) {
      work_.take_log_sum_exp();
    }
    const std::int64_t longest = streams_.longest() + rows_;
    if (streams_.fit_table(longest, changes_)) {
      decode_.drop_graphs();
    }
    moves_.apply(changes_);
    if (forward_.prepare(rows_, longest)) {
      decode_.drop_graphs();
    }
    if (!rings_ && !streams_.straight()) {
      moves_.straighten();
    }
    if (planned_) {
      decode_.begin_pass(tokens.front(), static_cast<std::int32_t>(positions.front()), longest);
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
    forward_.begin(ids, places);
  }

  // The rest of the layer does not read the cache: it may be enqueued before entries leave.
  void finish_layer() {
    if (!finished_) {
      forward_.finish(layer_);
      finished_ = true;
    }
  }

  Status attend_now(std::int32_t layer) {
    finished_ = false;
    uploaded_entries_ = uploads_.send(streams_.sizes(layer));
    moves_.apply(changes_);
    uploads_.flush();
    const std::int64_t longest = streams_.longest(layer);
    const LayerPages cache = forward_.attend(layer, uploaded_entries_, longest);
    MassInput input;
    input.cache = cache;
    input.q = work_.queries();
    input.rows = rows_;
    input.q_heads = shape_.q_heads;
    input.scale = work_.scale();
    input.longest = longest;
    entries_of_layer_.assign(streams_.sizes(layer).begin(), streams_.sizes(layer).end());
    source_.begin_layer({.layer = layer,
                         .input = input,
                         .entries = entries_of_layer_,
                         .patch_rows = patch_rows_,
                         .log_sum_exp = work_.log_sum_exp()});
    return observation_.record(layer, input, work_.log_sum_exp(), entries_of_layer_,
                               streams_.rings(layer));
  }

  void enqueue_logits(std::int64_t row) {
    KVFOOT_CHECK(row >= 0 && row < rows_, "row of a pass");
    work_.head(row, picker_.logits());
  }

  std::unique_ptr<Device> device_;  // outlives all that was taken from it
  Stream stream_;
  LlamaConfig config_;
  ModelShape shape_;
  CacheOptions options_;

  MemoryLedger ledger_;
  DeviceBlocks blocks_;
  HostBlocks host_;
  BufferPool buffers_;
  Uploads uploads_;
  DeviceWeights weights_;
  Array<float> frequency_;  // (head_dim / 2)
  LayerWork work_;
  TokenPicker picker_;
  RotatedCache rotated_;
  Streams streams_;
  CacheMoves moves_;
  Forward forward_;
  CapturedDecode decode_;
  DeviceSource source_;
  Observation observation_;
  Event begin_;
  Event end_;

  // Of the pass.
  bool running_ = false;
  bool planned_ = false;
  bool rings_ = false;  // streams need not lie in order
  std::int32_t layer_ = 0;
  bool finished_ = false;  // all of the layer is enqueued
  std::int64_t rows_ = 0;
  std::int64_t patch_rows_ = 0;
  TableChanges changes_;
  std::vector<std::int32_t> entries_of_layer_;
  const std::int32_t* uploaded_entries_ = nullptr;  // of the layer, on the device
};

// Whether the kernels have what the model needs, on this card.
Status check_geometry(const LlamaConfig& config, const DeviceInfo& card) {
  if (const char* why = attention_unsupported(static_cast<std::int32_t>(config.head_dim),
                                              static_cast<std::int32_t>(config.group()))) {
    return Error{"CUDA device",
                 "has no attention kernel for head_dim " + std::to_string(config.head_dim) +
                     " with " + std::to_string(config.group()) + " query heads per KV head: " + why,
                 "use --device cpu", ErrorKind::kEnvironment};
  }
  const auto head_dim = static_cast<std::int32_t>(config.head_dim);
  if (attention_shared_bytes(head_dim) > card.shared_bytes_per_block) {
    return Error{"CUDA device",
                 card.name + " has " + format_bytes(card.shared_bytes_per_block) +
                     " of shared memory per block, head_dim " + std::to_string(head_dim) +
                     " needs " + format_bytes(attention_shared_bytes(head_dim)),
                 "use a card of compute capability 8.0 or 9.0, or --device cpu",
                 ErrorKind::kEnvironment};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Backend>> make_device_backend(std::unique_ptr<Device> device,
                                                     const LlamaWeights& weights,
                                                     const std::string& name,
                                                     const DeviceBackendOptions& options) {
  KVFOOT_TRY(check_geometry(weights.config, device->info()));
  auto backend = std::make_unique<DeviceBackend>(std::move(device), weights.config, name);
  KVFOOT_TRY(backend->load(weights, options.on_progress));
  return std::unique_ptr<Backend>(std::move(backend));
}

}  // namespace kvfoot::cuda
